-- Reports that were made or are being made. Written by the report service alone.

CREATE TABLE report_runs (
  id          uuid PRIMARY KEY,  -- the request's, when a person asked for it
  kind        text NOT NULL,
  format      text NOT NULL,
  state       text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  from_time   timestamptz NOT NULL,
  to_time     timestamptz NOT NULL,
  schedule_id uuid,
  due_at      timestamptz,  -- of its schedule
  created_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  error       text NOT NULL DEFAULT '',
  UNIQUE (schedule_id, due_at)
);

CREATE TABLE report_files (
  run_id       uuid PRIMARY KEY REFERENCES report_runs ON DELETE CASCADE,
  name         text NOT NULL,
  content_type text NOT NULL,
  bytes        bytea NOT NULL
);

CREATE TABLE report_outbox (
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
CREATE INDEX report_outbox_waiting ON report_outbox (id) WHERE sent_at IS NULL;
