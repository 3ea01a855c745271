-- What people do about incidents, and what the notifier decided of which alert, and why.

ALTER TABLE incidents ADD COLUMN drill boolean NOT NULL DEFAULT false;  -- a rehearsal
CREATE INDEX incidents_opened ON incidents (opened_at);
CREATE INDEX incidents_unresolved ON incidents (id) WHERE resolved_at IS NULL;
CREATE INDEX incidents_alert ON incidents (alert_id, id);
CREATE INDEX incidents_rule ON incidents (rule_id, id);
CREATE INDEX incidents_severity ON incidents (severity, id);
CREATE INDEX incidents_labels ON incidents USING gin (labels jsonb_path_ops);
CREATE INDEX alert_states_subject ON alert_states (subject);

-- How bad it is since then: of 'opened' (none: what the incident says) and of 'retold', which is
-- noted when that changes.
ALTER TABLE incident_events
  ADD COLUMN severity text,
  ADD COLUMN condition text,  -- of the check that it is about: warning, flapping, unknown, down
  DROP CONSTRAINT incident_events_kind_check;
ALTER TABLE incident_events ADD CONSTRAINT incident_events_kind_check
  CHECK (kind IN ('opened', 'retold', 'resolved', 'notified'));

-- Append only. Written by api.
CREATE TABLE incident_actions (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id   uuid NOT NULL REFERENCES incidents ON DELETE CASCADE,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind          text NOT NULL CHECK (kind IN ('acknowledged', 'unacknowledged', 'assigned', 'noted')),
  actor_kind    text NOT NULL,  -- user, token
  actor_id      text NOT NULL,
  actor_name    text NOT NULL,
  comment       text NOT NULL DEFAULT '',
  expires_at    timestamptz,
  sticky        boolean NOT NULL DEFAULT false,
  assignee_id   uuid,  -- of 'assigned'; none: nobody
  assignee_name text NOT NULL DEFAULT ''
);
CREATE INDEX incident_actions_read ON incident_actions (incident_id, id);
CREATE INDEX incident_actions_assignee ON incident_actions (assignee_id, incident_id)
  WHERE kind = 'assigned';

-- Each change of an alert with what was looked at, for 90 days. Written by the notifier.
CREATE TABLE alert_decisions (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id  uuid NOT NULL,
  rule_id   uuid NOT NULL,
  rule_name text NOT NULL,
  title     text NOT NULL,
  at        timestamptz NOT NULL,
  change    text NOT NULL,  -- pending, fired, suppressed, retold, resolved, cleared …
  text      text NOT NULL,
  inputs    jsonb NOT NULL
);
CREATE INDEX alert_decisions_read ON alert_decisions (alert_id, id);
CREATE INDEX alert_decisions_at ON alert_decisions (at);
