ALTER TABLE report_requests
  ADD COLUMN idempotency_key text UNIQUE,
  ADD COLUMN body_hash text NOT NULL DEFAULT '';
DROP TABLE idempotency_keys;
