-- What is asked each second, and what is dropped each hour, has an index; no text of any length is
-- the key of one.

-- The subject of an alert holds labels of any length: more than a btree takes.
DROP INDEX alert_states_subject;
CREATE INDEX alert_states_subject ON alert_states USING hash (subject);

DROP INDEX notifications_held;
CREATE INDEX notifications_held ON notifications (next_at, id) WHERE state = 'held';
CREATE INDEX notifications_to_send ON notifications (channel_id, next_at, id)
  WHERE state IN ('pending', 'sending');
CREATE INDEX notifications_created ON notifications (created_at);

CREATE INDEX notifier_inbox_at ON notifier_inbox (at);
CREATE INDEX alert_decisions_pending ON alert_decisions (at) WHERE change = 'pending';
CREATE INDEX drills_ended ON drills (ended_at);
