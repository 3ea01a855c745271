-- What was answered to whom for which Idempotency-Key, written with what the request made.
CREATE TABLE idempotency_keys (
  id           text PRIMARY KEY,  -- hash of the caller and the key
  request_hash text NOT NULL,     -- of method, path and body, by the key
  status       integer NOT NULL,
  content_type text NOT NULL,
  headers      jsonb NOT NULL,
  body         text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
ALTER TABLE report_requests DROP COLUMN idempotency_key, DROP COLUMN body_hash;
