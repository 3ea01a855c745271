-- What the programs of the suite know of each other.

-- One row per running program; each writes its own every few seconds.
CREATE TABLE program_instances (
  instance   uuid PRIMARY KEY,
  program    text NOT NULL,
  version    text NOT NULL DEFAULT '',
  ready      boolean NOT NULL,
  detail     text NOT NULL DEFAULT '',
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now()
);
