-- Alerts and incidents. Written by the notifier alone.

-- What is pending or firing now. The id is made of the rule and what the alert is about.
CREATE TABLE alert_states (
  id           uuid PRIMARY KEY,
  rule_id      uuid NOT NULL,
  subject      text NOT NULL,  -- "check:<id>" or "series:<source>:<labels>"
  state        text NOT NULL CHECK (state IN ('pending', 'firing')),
  title        text NOT NULL,
  text         text NOT NULL,
  labels       jsonb NOT NULL,
  value        float8 NOT NULL,
  active_since timestamptz NOT NULL,
  incident_id  uuid
);
CREATE INDEX alert_states_rule ON alert_states (rule_id);

CREATE TABLE incidents (
  id          uuid PRIMARY KEY,
  alert_id    uuid NOT NULL,
  rule_id     uuid NOT NULL,
  rule_name   text NOT NULL,
  title       text NOT NULL,
  text        text NOT NULL,
  severity    text NOT NULL,
  labels      jsonb NOT NULL,
  annotations jsonb NOT NULL,
  value       float8 NOT NULL,
  opened_at   timestamptz NOT NULL,
  resolved_at timestamptz
);
-- However many notifiers decide at once, an alert has one open incident.
CREATE UNIQUE INDEX incidents_open ON incidents (alert_id) WHERE resolved_at IS NULL;
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE incident_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
  at          timestamptz NOT NULL DEFAULT now(),
  kind        text NOT NULL CHECK (kind IN ('opened', 'resolved', 'notified')),
  text        text NOT NULL
);
CREATE INDEX incident_events_read ON incident_events (incident_id, at, id);

-- Letters: each is sent once, however often it is asked for.
CREATE TABLE deliveries (
  delivery_key text PRIMARY KEY,
  recipient    text NOT NULL,
  state        text NOT NULL CHECK (state IN ('sent', 'failed')),
  detail       text NOT NULL,
  at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE notifier_outbox (
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
CREATE INDEX notifier_outbox_waiting ON notifier_outbox (id) WHERE sent_at IS NULL;

CREATE TABLE notifier_inbox (
  message_id text PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now()
);
