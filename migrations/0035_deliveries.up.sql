-- The ledger of what was told to whom: letters, webhooks, what Alertmanager took and what its
-- receivers, by its webhook, say they were sent. A row is written once and stays as it is.
ALTER TABLE deliveries RENAME COLUMN recipient TO target;
ALTER TABLE deliveries
  ADD COLUMN incident_id uuid,  -- none: a letter about something else
  ADD COLUMN transition  integer NOT NULL DEFAULT 0,  -- of the incident, as in alert.changed: 1 fired, 2 resolved
  ADD COLUMN channel     text NOT NULL DEFAULT 'email'
    CHECK (channel IN ('alertmanager', 'alertmanager_receiver', 'email', 'webhook')),
  DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries
  ALTER COLUMN transition DROP DEFAULT,
  ALTER COLUMN channel DROP DEFAULT,
  ADD CONSTRAINT deliveries_state_check
    CHECK (state IN ('accepted', 'delivered', 'sent', 'failed', 'suppressed'));
-- Letters about incidents say so in their key: "alert.<incident>.<transition>.<recipient>".
UPDATE deliveries SET incident_id = substr(delivery_key, 7, 36)::uuid,
                      transition = split_part(delivery_key, '.', 3)::integer
  WHERE delivery_key ~ '^alert\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9]{1,6}\.';
CREATE INDEX deliveries_incident ON deliveries (incident_id, at) WHERE incident_id IS NOT NULL;
CREATE INDEX deliveries_at ON deliveries (at);
