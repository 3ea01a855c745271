-- Drills: alerts raised on purpose, to find out whether people would be told of real ones.

-- One row. Written by api.
CREATE TABLE drill_schedule (
  one              boolean PRIMARY KEY DEFAULT true CHECK (one),
  cron             text NOT NULL,
  time_zone        text NOT NULL,
  enabled          boolean NOT NULL DEFAULT false,
  target_seconds   integer NOT NULL CHECK (target_seconds BETWEEN 1 AND 3600),
  deadline_seconds integer NOT NULL CHECK (deadline_seconds BETWEEN 10 AND 7200),
  version          integer NOT NULL DEFAULT 1,
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CHECK (target_seconds <= deadline_seconds)
);
INSERT INTO drill_schedule (cron, time_zone, target_seconds, deadline_seconds)
  VALUES ('0 10 * * 1', 'UTC', 60, 600);

-- Drills that somebody asked for. Written by api.
CREATE TABLE drill_requests (
  id           uuid PRIMARY KEY,  -- of the drill, once it is begun
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  requested_by text NOT NULL
);
CREATE INDEX drill_requests_at ON drill_requests (requested_at);

-- Written by the notifier. What was told to whom in it is in the ledger (deliveries).
CREATE TABLE drills (
  id               uuid PRIMARY KEY,
  alert_id         uuid NOT NULL UNIQUE,  -- of its incident
  due_at           timestamptz UNIQUE,    -- by the schedule; null: somebody asked for it
  requested_by     text NOT NULL,
  target_seconds   integer NOT NULL,
  deadline_seconds integer NOT NULL,
  started_at       timestamptz NOT NULL,
  told_at          timestamptz,  -- all who are to be told of it were
  ending_at        timestamptz,  -- since then it is to be over
  ended_at         timestamptz,  -- the verdict was given
  verdict          text CHECK (verdict IN ('ok', 'late', 'lost')),
  detail           text NOT NULL DEFAULT '',
  CHECK ((verdict IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX drills_one_at_a_time ON drills ((true)) WHERE verdict IS NULL;
CREATE INDEX drills_started ON drills (started_at);
CREATE INDEX incidents_drills_open ON incidents (id) WHERE drill AND resolved_at IS NULL;

-- Whether somebody wants to be told of drills; all others are not.
ALTER TABLE subscriptions ADD COLUMN drills boolean NOT NULL DEFAULT false;

INSERT INTO rules (id, name, kind, expr, for_seconds, interval_seconds, states, severity,
                   annotations) VALUES
  ('00000000-0000-7000-8000-000000000040', 'Drill was lost', 'promql', 'monitron_drill_lost > 0',
   0, 15, '["down"]', 'critical',
   '{"summary": "The latest drill did not reach people: real alerts may not either"}')
ON CONFLICT (id) DO NOTHING;
