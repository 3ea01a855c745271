-- Compacted samples, rollups and their retention. Written by ingest's compactor alone, but for what
-- people configure (retention_classes, series_deletions: api).

-- How long samples are kept, by what series they belong to. A series gets the first class, by
-- position, whose labels it has, when it is first seen, and keeps it. Class 0 takes all the rest.
CREATE TABLE retention_classes (
  id        smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 15),
  name      text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
  position  integer NOT NULL,
  labels    jsonb NOT NULL DEFAULT '{}',
  raw       interval NOT NULL,
  rollup_5m interval NOT NULL,
  rollup_1h interval NOT NULL,
  version   integer NOT NULL DEFAULT 1
);
INSERT INTO retention_classes VALUES
  (0, 'default', 1000, '{}', '30 days', '90 days', '730 days'),
  (1, 'checks', 900, '{"monitron_source": "check"}', '90 days', '90 days', '730 days');

ALTER TABLE series ADD COLUMN class smallint NOT NULL DEFAULT 0 REFERENCES retention_classes;
CREATE INDEX series_named ON series (name, id);

-- tier = 4 * class + resolution; resolution 0: raw, 1: 5 min, 2: 1 h. Each tier is partitioned by
-- time, each of its partitions (lower inclusive, upper exclusive, in UTC) is a table of its own that
-- is made when it is needed, rewritten as a whole and dropped when it is too old. A chunk never
-- crosses the border of a partition, nor of a UTC day.
CREATE TABLE chunks (
  tier      smallint NOT NULL,
  series_id integer NOT NULL,
  start     timestamptz NOT NULL,  -- of its first sample
  finish    timestamptz NOT NULL,  -- of its last sample
  part      bigint NOT NULL,       -- chunks of later parts were stored later
  count     integer NOT NULL,
  min       float8 NOT NULL,       -- of the values that are no NaN; NaN if there is none
  max       float8 NOT NULL,
  sum       float8 NOT NULL,
  times_id  bigint,                -- shared times, else null
  times     bytea,                 -- with times_id: which of them (null: all); else the times
  data      bytea NOT NULL
) PARTITION BY LIST (tier);
-- What is packed already is not packed again.
ALTER TABLE chunks ALTER COLUMN times SET STORAGE EXTERNAL, ALTER COLUMN data SET STORAGE EXTERNAL;

-- Times that many series of a source share.
CREATE TABLE chunk_times (
  tier      smallint NOT NULL,
  source_id integer NOT NULL,
  start     timestamptz NOT NULL,
  finish    timestamptz NOT NULL,
  id        bigint NOT NULL,
  times     bytea NOT NULL
) PARTITION BY LIST (tier);
ALTER TABLE chunk_times ALTER COLUMN times SET STORAGE EXTERNAL;
CREATE SEQUENCE chunk_parts;
CREATE SEQUENCE chunk_times_ids;

-- The partitions there are: chunks_<name> and chunk_times_<name> hang on chunks_t<tier> and
-- chunk_times_t<tier>.
CREATE TABLE chunk_partitions (
  tier       smallint NOT NULL,
  lower      timestamptz NOT NULL,
  upper      timestamptz NOT NULL,
  name       text NOT NULL UNIQUE,
  -- Samples of before 1 day are gone only a day after they came, whatever their time.
  written_at timestamptz NOT NULL DEFAULT now(),
  loose      bigint NOT NULL DEFAULT 0,  -- chunks added since it was last rewritten
  rewritten_at timestamptz,              -- null: never yet
  PRIMARY KEY (tier, lower)
);

-- What the tables of the staging ring hold. Rows of sources up to `compacted_through` are in chunks
-- already: who reads the table leaves them out, in the same statement.
CREATE TABLE staging_slots (
  slot              smallint PRIMARY KEY CHECK (slot BETWEEN 0 AND 3),
  compacted_through integer NOT NULL DEFAULT 0,
  opened_at         timestamptz NOT NULL DEFAULT now(),  -- no row came earlier
  compacted_at      timestamptz  -- all of it; it is emptied when nobody can still be reading it
);
INSERT INTO staging_slots (slot) VALUES (0), (1), (2), (3);
-- They are emptied before long: vacuuming what was only added would write all of it again.
ALTER TABLE staging_0 SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE staging_1 SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE staging_2 SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE staging_3 SET (autovacuum_vacuum_insert_threshold = -1);

-- The marks are compared row by row, outside of the union: a member with a condition of its own would
-- not be read in the order of its index.
CREATE OR REPLACE VIEW staging AS
  SELECT row_id, source_id, layout_id, time, "values"
  FROM (SELECT 1 AS place, * FROM staging_0 UNION ALL SELECT 2, * FROM staging_1
        UNION ALL SELECT 3, * FROM staging_2 UNION ALL SELECT 4, * FROM staging_3) AS ring
  WHERE source_id > (ARRAY(SELECT compacted_through FROM staging_slots ORDER BY slot))[place];

-- Samples that people want gone. Done by the compactor, which says so.
CREATE TABLE series_deletions (
  id           uuid PRIMARY KEY,
  series_ids   integer[] NOT NULL,
  from_time    timestamptz NOT NULL,
  to_time      timestamptz NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE series_deletions_done (
  id      uuid PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT now(),
  samples bigint NOT NULL
);

-- When a batch came: what is told apart from it later. Batches may be of any time since 1970, so
-- that entries go by this.
ALTER TABLE batch_ledger
  ADD COLUMN stored_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date;
CREATE INDEX batch_ledger_stored ON batch_ledger USING brin (stored_on);
