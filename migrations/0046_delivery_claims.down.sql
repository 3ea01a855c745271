DROP TABLE delivery_claims;
UPDATE incident_events SET kind = 'notified' WHERE kind = 'reminded';
ALTER TABLE incident_events DROP CONSTRAINT incident_events_kind_check;
ALTER TABLE incident_events ADD CONSTRAINT incident_events_kind_check
  CHECK (kind IN ('opened', 'retold', 'resolved', 'notified'));
