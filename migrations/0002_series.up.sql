-- Samples and what checks have found. Written by ingest's writer alone.

-- What samples belong to: an instance or a check.
CREATE TABLE sources (
  id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uuid uuid NOT NULL UNIQUE
);

CREATE TABLE series (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id   integer NOT NULL REFERENCES sources,
  hash        bytea NOT NULL,
  name        text NOT NULL,
  labels      jsonb NOT NULL,
  metric_type text NOT NULL,
  metric_name text NOT NULL,  -- as its sender named it
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source_id, hash)
);
CREATE INDEX series_listed ON series (source_id, id);

-- Which series the values of a staged row are, by place.
CREATE TABLE layouts (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id  integer NOT NULL REFERENCES sources,
  hash       bytea NOT NULL,
  series_ids integer[] NOT NULL,
  UNIQUE (source_id, hash)
);

-- Every batch that is stored, once: what makes a repeated delivery harmless. The bucket is the UTC
-- day of the batch's earliest sample; old buckets are dropped when nothing that old is accepted.
CREATE TABLE batch_ledger (
  bucket date NOT NULL,
  source uuid NOT NULL,
  epoch  bytea NOT NULL,
  seq    bigint NOT NULL,
  PRIMARY KEY (bucket, source, epoch, seq)
);

-- A ring of plain tables, filled by arrival. An absent value is NULL; NaN is a value. row_id tells
-- rows of equal time apart, in the order of their storing.
CREATE SEQUENCE staging_rows;
CREATE TABLE staging_0 (
  row_id    bigint NOT NULL DEFAULT nextval('staging_rows'),
  source_id integer NOT NULL,
  layout_id integer NOT NULL,
  time      timestamptz NOT NULL,
  "values"  float8[] NOT NULL
);
CREATE INDEX staging_0_read ON staging_0 (source_id, time, row_id);
CREATE TABLE staging_1 (LIKE staging_0 INCLUDING ALL);
CREATE TABLE staging_2 (LIKE staging_0 INCLUDING ALL);
CREATE TABLE staging_3 (LIKE staging_0 INCLUDING ALL);
CREATE VIEW staging AS
  SELECT * FROM staging_0 UNION ALL SELECT * FROM staging_1
  UNION ALL SELECT * FROM staging_2 UNION ALL SELECT * FROM staging_3;

-- The one row says which table of the ring is being filled.
CREATE TABLE staging_ring (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  current smallint NOT NULL CHECK (current BETWEEN 0 AND 3),
  since   timestamptz NOT NULL
);
INSERT INTO staging_ring (current, since) VALUES (0, now());

-- What could not be stored, with the reason; nothing is thrown away unseen.
CREATE TABLE quarantine (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  message_id text NOT NULL,
  source     uuid,
  reason     text NOT NULL,
  body       bytea NOT NULL
);

CREATE TABLE instance_activity (
  source_id uuid PRIMARY KEY,
  last_seen timestamptz NOT NULL
);

-- The state of each check after its latest result: status is the hard one that people see.
CREATE TABLE check_latest (
  check_id     uuid PRIMARY KEY,
  slot         timestamptz NOT NULL,
  status       text NOT NULL CHECK (status IN ('up', 'down', 'unknown')),
  status_since timestamptz NOT NULL,
  last_status  text NOT NULL CHECK (last_status IN ('up', 'down', 'unknown')),
  failures     integer NOT NULL,
  successes    integer NOT NULL,
  unknowns     integer NOT NULL,
  last_result  jsonb NOT NULL
);

-- Changes of the hard state and single failures, with what was seen.
CREATE TABLE check_events (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  check_id        uuid NOT NULL,
  at              timestamptz NOT NULL,
  status          text NOT NULL,
  previous_status text NOT NULL,
  reason          text NOT NULL,
  detail          jsonb NOT NULL
);
CREATE INDEX check_events_read ON check_events (check_id, at, id);

CREATE TABLE check_test_results (
  test_id    uuid PRIMARY KEY,
  result     jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
