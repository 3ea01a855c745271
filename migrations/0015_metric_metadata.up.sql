-- What senders tell of their metrics (# HELP, # TYPE, # UNIT): of each the last that was told.
CREATE TABLE metric_metadata (
  name    text COLLATE "C" PRIMARY KEY,
  type    text NOT NULL,
  help    text NOT NULL,
  unit    text NOT NULL,
  told_at timestamptz NOT NULL DEFAULT now()  -- to the day
);
