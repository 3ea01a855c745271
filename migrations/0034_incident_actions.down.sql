DROP TABLE alert_decisions, incident_actions;
DELETE FROM incident_events WHERE kind = 'retold';
ALTER TABLE incident_events DROP CONSTRAINT incident_events_kind_check,
                            DROP COLUMN severity, DROP COLUMN condition;
ALTER TABLE incident_events ADD CONSTRAINT incident_events_kind_check
  CHECK (kind IN ('opened', 'resolved', 'notified'));
DROP INDEX alert_states_subject, incidents_labels, incidents_severity, incidents_rule,
           incidents_alert, incidents_unresolved, incidents_opened;
ALTER TABLE incidents DROP COLUMN drill;
