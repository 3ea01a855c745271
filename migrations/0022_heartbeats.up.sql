-- What the watcher knows of heartbeats. Of a check that is deleted or disabled nothing is kept.
CREATE TABLE heartbeats (
  check_id     uuid PRIMARY KEY,
  phase        text NOT NULL CHECK (phase IN ('fresh', 'up', 'down', 'unknown')),
  last_ping    timestamptz,
  last_success timestamptz,
  counted_from timestamptz,
  started      timestamptz,
  run_ms       bigint,
  exit_code    integer,
  reason       text NOT NULL,
  slot         timestamptz NOT NULL,
  details      jsonb NOT NULL
);

CREATE TABLE checker_inbox (
  message_id text PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX checker_inbox_at ON checker_inbox (at);

CREATE TABLE checker_outbox (
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
CREATE INDEX checker_outbox_waiting ON checker_outbox (id) WHERE sent_at IS NULL;
