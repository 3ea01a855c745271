-- What a silence holds back: told when it is over, if it goes on. Written by the notifier.

ALTER TABLE notifications DROP CONSTRAINT notifications_state_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_state_check CHECK (state IN
  ('held', 'waiting', 'pending', 'sending', 'sent', 'failed', 'digested', 'suppressed'));
CREATE INDEX notifications_held ON notifications (id) WHERE state = 'held';

-- Of letters to those who get all alerts.
CREATE TABLE held_letters (
  incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
  content     jsonb NOT NULL,  -- of alert.changed
  held_at     timestamptz NOT NULL DEFAULT now()
);
