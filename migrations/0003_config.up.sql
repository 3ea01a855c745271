-- What people configure: accounts, tokens, instances, checks, rules, report schedules, and what the
-- api keeps besides (outbox, audit). Written by api alone.

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  name          text NOT NULL CHECK (length(name) <= 200),
  role          text NOT NULL CHECK (role IN ('admin', 'viewer')),
  password_hash text NOT NULL CHECK (password_hash LIKE '$2b$%'),
  token_version integer NOT NULL DEFAULT 1,
  version       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- One row per refresh token ever given; a family is one login. A used token that comes again ends its
-- whole family.
CREATE TABLE refresh_tokens (
  hash       text PRIMARY KEY,
  family     uuid NOT NULL,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  revoked_at timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

CREATE TABLE instances (
  id            uuid PRIMARY KEY,
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  hostname      text NOT NULL CHECK (length(hostname) BETWEEN 1 AND 253),
  ip_address    text,
  kind          text NOT NULL CHECK (kind IN ('server', 'vm', 'container', 'service', 'other')),
  os            text NOT NULL DEFAULT '',
  description   text NOT NULL DEFAULT '',
  labels        jsonb NOT NULL DEFAULT '{}',
  groups        jsonb NOT NULL DEFAULT '[]',
  agent_version text NOT NULL DEFAULT '',
  version       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX instances_hostname_key ON instances (lower(hostname));
CREATE INDEX instances_labels ON instances USING gin (labels jsonb_path_ops);

-- For people's scripts, integrations and (with instance_id) agents. Only the SHA-256 is kept.
CREATE TABLE api_tokens (
  id           uuid PRIMARY KEY,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  hash         text NOT NULL UNIQUE,
  prefix       text NOT NULL,
  scopes       text[] NOT NULL,
  created_by   uuid REFERENCES users ON DELETE CASCADE,
  instance_id  uuid REFERENCES instances ON DELETE CASCADE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

CREATE TABLE enrolment_tokens (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  hash       text NOT NULL UNIQUE,
  prefix     text NOT NULL,
  created_by uuid REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  max_uses   integer CHECK (max_uses > 0),
  uses       integer NOT NULL DEFAULT 0
);

-- A ticket opens one stream, once: it is deleted by the one that claims it.
CREATE TABLE stream_tickets (
  id         text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);

CREATE TABLE checks (
  id                   uuid PRIMARY KEY,
  name                 text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  instance_id          uuid REFERENCES instances ON DELETE CASCADE,
  kind                 text NOT NULL CHECK (kind IN ('http', 'tcp', 'icmp', 'tls')),
  target               text NOT NULL CHECK (length(target) BETWEEN 1 AND 2048),
  interval_seconds     integer NOT NULL CHECK (interval_seconds BETWEEN 1 AND 86400),
  timeout_seconds      integer NOT NULL CHECK (timeout_seconds BETWEEN 1 AND 300),
  location             text NOT NULL DEFAULT 'default',
  enabled              boolean NOT NULL DEFAULT true,
  labels               jsonb NOT NULL DEFAULT '{}',
  failures_before_down integer NOT NULL CHECK (failures_before_down BETWEEN 1 AND 100),
  successes_before_up  integer NOT NULL CHECK (successes_before_up BETWEEN 1 AND 100),
  settings             jsonb NOT NULL DEFAULT '{}',
  version              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX checks_instance ON checks (instance_id);
CREATE INDEX checks_labels ON checks USING gin (labels jsonb_path_ops);

-- A trial run of a definition that is not stored; its result is in check_test_results.
CREATE TABLE check_tests (
  id         uuid PRIMARY KEY,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rules (
  id             uuid PRIMARY KEY,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  kind           text NOT NULL CHECK (kind IN ('check_state', 'threshold')),
  expr           text NOT NULL DEFAULT '',
  check_id       uuid REFERENCES checks ON DELETE CASCADE,
  label_selector jsonb NOT NULL DEFAULT '{}',
  for_seconds    integer NOT NULL DEFAULT 0 CHECK (for_seconds BETWEEN 0 AND 604800),
  severity       text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  labels         jsonb NOT NULL DEFAULT '{}',
  annotations    jsonb NOT NULL DEFAULT '{}',
  enabled        boolean NOT NULL DEFAULT true,
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE report_schedules (
  id          uuid PRIMARY KEY,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  kind        text NOT NULL CHECK (kind IN ('availability')),
  format      text NOT NULL CHECK (format IN ('pdf', 'csv')),
  cadence     text NOT NULL CHECK (cadence IN ('daily')),
  at          text NOT NULL,
  time_zone   text NOT NULL,
  recipients  jsonb NOT NULL DEFAULT '[]',
  filter      jsonb NOT NULL DEFAULT '{}',
  enabled     boolean NOT NULL DEFAULT true,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Reports asked for by people; the run and the file are the report service's.
CREATE TABLE report_requests (
  id              uuid PRIMARY KEY,
  kind            text NOT NULL,
  format          text NOT NULL,
  from_time       timestamptz NOT NULL,
  to_time         timestamptz NOT NULL,
  time_zone       text NOT NULL,
  filter          jsonb NOT NULL DEFAULT '{}',
  recipients      jsonb NOT NULL DEFAULT '[]',
  requested_by    text NOT NULL,
  idempotency_key text UNIQUE,
  body_hash       text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now()
);

-- Messages written with the rows that they tell of, and sent afterwards.
CREATE TABLE api_outbox (
  id           bigserial PRIMARY KEY,
  message_id   uuid NOT NULL UNIQUE,
  exchange     text NOT NULL,
  routing_key  text NOT NULL,
  type         text NOT NULL,
  version      integer NOT NULL DEFAULT 1,
  content_type text NOT NULL DEFAULT 'application/json',
  body         bytea NOT NULL,
  traceparent  text NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL DEFAULT now(),
  sent_at      timestamptz
);
CREATE INDEX api_outbox_waiting ON api_outbox (id) WHERE sent_at IS NULL;

-- Who changed what. Append only: each row carries the hash of the one before it.
CREATE TABLE audit_log (
  id         bigserial PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind text NOT NULL,
  actor_id   text NOT NULL,
  action     text NOT NULL,
  object     text NOT NULL,
  object_id  text NOT NULL,
  change     jsonb NOT NULL DEFAULT '{}',
  peer       text NOT NULL,
  request_id text NOT NULL,
  hash       text NOT NULL
);

INSERT INTO rules (id, name, kind, severity, annotations)
VALUES ('00000000-0000-7000-8000-000000000001', 'Check down', 'check_state', 'critical',
        '{"summary": "A check is down"}');
