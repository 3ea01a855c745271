TRUNCATE idempotency_keys;
ALTER TABLE idempotency_keys
  DROP COLUMN caller, DROP COLUMN answer,
  ADD COLUMN status integer NOT NULL, ADD COLUMN content_type text NOT NULL,
  ADD COLUMN headers jsonb NOT NULL, ADD COLUMN body text NOT NULL;
