-- Who is at a delivery that takes its time, so that nobody else makes it, too. Written by the notifier.
CREATE TABLE delivery_claims (
  delivery_key text PRIMARY KEY,
  until        timestamptz NOT NULL  -- its holder, who renews it, is taken for dead then
);

ALTER TABLE incident_events DROP CONSTRAINT incident_events_kind_check;
ALTER TABLE incident_events ADD CONSTRAINT incident_events_kind_check
  CHECK (kind IN ('opened', 'retold', 'resolved', 'notified', 'reminded'));
