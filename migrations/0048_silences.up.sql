-- Silences: what is wanted of those that were made here, and what Alertmanager has of all of them.

-- Those made or changed here. A peer that was away is told when it is back. api writes what is
-- wanted, and with the notifier what each peer was told of it.
CREATE TABLE silences (
  id      uuid PRIMARY KEY,
  wanted  jsonb NOT NULL,  -- matchers, times, by whom and why
  ends_at timestamptz NOT NULL,
  ended   boolean NOT NULL DEFAULT false,  -- before its time
  version integer NOT NULL DEFAULT 1,      -- grows with each change
  copies  jsonb NOT NULL                   -- by peer: its id there, and the version that it was told
);

-- Whether each peer answers. Written by the notifier that decides.
CREATE TABLE alertmanager_peers (
  url        text PRIMARY KEY,
  answers    boolean NOT NULL,
  since      timestamptz NOT NULL,  -- it does, or does not
  checked_at timestamptz NOT NULL
);

-- Those that were not over when a peer answered last. Written by the notifier that decides.
CREATE TABLE known_silences (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  silences jsonb NOT NULL
);
