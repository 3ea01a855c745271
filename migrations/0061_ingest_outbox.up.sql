-- Changed states of checks, for mon.events: remembered with what they tell of.
CREATE TABLE ingest_outbox (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id   text NOT NULL UNIQUE,
  exchange     text NOT NULL,
  routing_key  text NOT NULL,
  type         text NOT NULL,
  version      integer NOT NULL,
  content_type text NOT NULL,
  body         bytea NOT NULL,
  traceparent  text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  sent_at      timestamptz
);
CREATE INDEX ingest_outbox_waiting ON ingest_outbox (id) WHERE sent_at IS NULL;
