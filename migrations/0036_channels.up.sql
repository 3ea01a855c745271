-- Where people want to be told of alerts, and of which. Written by api.

CREATE TABLE channels (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  kind       text NOT NULL CHECK (kind IN ('email', 'webhook')),
  target     text NOT NULL CHECK (length(target) BETWEEN 3 AND 2048),  -- address or URL
  secret     text NOT NULL DEFAULT '',  -- of a webhook, sealed
  enabled    boolean NOT NULL DEFAULT true,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX channels_user ON channels (user_id, id);

CREATE TABLE subscriptions (
  id             uuid PRIMARY KEY,
  user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  channel_id     uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
  rule_id        uuid REFERENCES rules ON DELETE CASCADE,  -- null: of all rules
  selector       jsonb NOT NULL DEFAULT '{}',
  min_severity   text NOT NULL CHECK (min_severity IN ('info', 'warning', 'critical')),
  threshold      float8,  -- of this person, instead of the rule's
  send_resolved  boolean NOT NULL DEFAULT true,
  digest_above   integer NOT NULL CHECK (digest_above BETWEEN 0 AND 10000),
  remind_seconds integer NOT NULL CHECK (remind_seconds BETWEEN 0 AND 604800),
  enabled        boolean NOT NULL DEFAULT true,
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CHECK (threshold IS NULL OR rule_id IS NOT NULL)
);
CREATE INDEX subscriptions_user ON subscriptions (user_id, id);
CREATE INDEX subscriptions_channel ON subscriptions (channel_id);

-- Trial messages that were asked for.
CREATE TABLE channel_tests (
  id         uuid PRIMARY KEY,
  channel_id uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX channel_tests_at ON channel_tests (at);

-- What each channel is told. Written by the notifier.
CREATE TABLE notifications (
  key           text PRIMARY KEY,  -- <channel>.<incident>.<transition>
  id            bigint GENERATED ALWAYS AS IDENTITY,
  channel_id    uuid NOT NULL,
  incident_id   uuid,  -- null: a digest or a trial
  kind          text NOT NULL CHECK (kind IN ('fired', 'reminder', 'resolved', 'digest', 'test')),
  -- waiting: for the next digest; pending: to be sent at next_at; sending: somebody is at it until
  -- next_at (null: the queue of letters is); digested: told by digest_key; suppressed: not told.
  state         text NOT NULL CHECK (state IN
                  ('waiting', 'pending', 'sending', 'sent', 'failed', 'digested', 'suppressed')),
  content       jsonb NOT NULL,  -- of alert.changed; of a digest all of them
  send_resolved boolean NOT NULL DEFAULT true,
  digest_key    text,
  attempts      integer NOT NULL DEFAULT 0,
  detail        text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL,
  next_at       timestamptz
);
CREATE INDEX notifications_due ON notifications (next_at)
  WHERE state IN ('waiting', 'pending', 'sending');
CREATE INDEX notifications_channel ON notifications (channel_id, created_at);
CREATE INDEX notifications_incident ON notifications (incident_id, channel_id);
CREATE INDEX notifications_digest ON notifications (digest_key) WHERE digest_key IS NOT NULL;

-- Whose own threshold an incident is about; null: it is everybody's.
ALTER TABLE incidents ADD COLUMN audience uuid;
