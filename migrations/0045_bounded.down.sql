DROP INDEX drills_ended;
DROP INDEX alert_decisions_pending;
DROP INDEX notifier_inbox_at;
DROP INDEX notifications_created;
DROP INDEX notifications_to_send;
DROP INDEX notifications_held;
CREATE INDEX notifications_held ON notifications (id) WHERE state = 'held';
DROP INDEX alert_states_subject;
CREATE INDEX alert_states_subject ON alert_states (subject);
