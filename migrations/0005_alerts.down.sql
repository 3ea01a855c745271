DROP TABLE notifier_inbox, notifier_outbox, deliveries, incident_events, incidents, alert_states;
