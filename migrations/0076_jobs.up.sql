-- Long work that nobody waits for: a request that is answered later, with what it was answered.
CREATE TABLE jobs (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL,
  state        text NOT NULL DEFAULT 'queued'
               CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  actor_kind   text NOT NULL,  -- who asked: "user" or "token"
  actor_id     text NOT NULL,
  permission   text NOT NULL,  -- that it takes, and that fetching its answer takes
  operation    text NOT NULL,  -- for people: "POST /api/v1/rules/replay"
  request      text NOT NULL,  -- sealed
  progress     bigint NOT NULL DEFAULT 0,
  total        bigint,         -- null: not known
  cancelling   boolean NOT NULL DEFAULT false,
  runner       uuid,           -- the replica that works on it, until lease_until
  lease_until  timestamptz,
  attempts     integer NOT NULL DEFAULT 0,
  problem      jsonb,          -- why it failed, as a client would have been told
  created_at   timestamptz NOT NULL DEFAULT now(),
  started_at   timestamptz,
  finished_at  timestamptz
);
CREATE INDEX jobs_created_at_idx ON jobs (created_at, id);
CREATE INDEX jobs_actor_idx ON jobs (actor_id, created_at);
CREATE INDEX jobs_unfinished_idx ON jobs (created_at, id) WHERE state IN ('queued', 'running');

CREATE TABLE job_answers (
  job_id       uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  content_type text NOT NULL,
  headers      jsonb NOT NULL,
  body         bytea NOT NULL
);

-- Of a report in work: checks that were read, of how many.
ALTER TABLE report_runs ADD COLUMN progress bigint NOT NULL DEFAULT 0, ADD COLUMN total bigint;
