-- Answers may tell secrets (the address that pings a heartbeat): they are sealed now, and counted by
-- caller, so that nobody pushes out those of others. What was kept unsealed is forgotten.
TRUNCATE idempotency_keys;
ALTER TABLE idempotency_keys
  DROP COLUMN status, DROP COLUMN content_type, DROP COLUMN headers, DROP COLUMN body,
  ADD COLUMN caller text NOT NULL,  -- "user:<id>"
  ADD COLUMN answer text NOT NULL;  -- sealed: status, type, headers and body
CREATE INDEX idempotency_keys_caller_idx ON idempotency_keys (caller, created_at);
