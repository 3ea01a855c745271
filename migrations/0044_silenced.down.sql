DROP TABLE held_letters;
DROP INDEX notifications_held;
UPDATE notifications SET state = 'suppressed', next_at = NULL WHERE state = 'held';
ALTER TABLE notifications DROP CONSTRAINT notifications_state_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_state_check CHECK (state IN
  ('waiting', 'pending', 'sending', 'sent', 'failed', 'digested', 'suppressed'));
