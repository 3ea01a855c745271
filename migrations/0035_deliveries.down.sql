DROP INDEX deliveries_at, deliveries_incident;
DELETE FROM deliveries WHERE channel <> 'email' OR state NOT IN ('sent', 'failed');
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check,
                       DROP COLUMN channel, DROP COLUMN transition, DROP COLUMN incident_id;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check CHECK (state IN ('sent', 'failed'));
ALTER TABLE deliveries RENAME COLUMN target TO recipient;
