-- Views whose conditions reach the chunks: what is known of a series and of the time of its chunks is
-- asked before anything is decoded. Chunks are decoded in the select list, which is after all joins
-- and conditions of the same SELECT, whatever the planner thinks of them; and per series (LATERAL),
-- so that a join finds the series first. docs/sql.md tells how to ask.

-- Times that a chunk shares with others lie in the table beside its own, and who reads the one keeps
-- the other from being dropped. Looked up by name, so that no other table of times is planned for: the
-- name as it is now, which the snapshot of a long transaction need not know (pg_class).
CREATE FUNCTION monitron_v1.shared_times(chunks oid, source integer, times_id bigint)
RETURNS bytea LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shared bytea;
BEGIN
  IF pg_partition_root(chunks) = 'public.chunks'::regclass THEN
    EXECUTE format('SELECT times FROM %s WHERE source_id = $1 AND id = $2',
                   replace(chunks::regclass::text, 'chunks_', 'chunk_times_'))
      INTO shared USING source, times_id;
  END IF;
  RETURN shared;
END $$;

-- All that is known of samples; `samples` and `metrics` show parts of it. `finished`: no sample of the
-- same chunk is later. Sources are joined from the left, so that who does not ask for them does not
-- read them.
CREATE VIEW monitron_v1.stored_samples AS
  SELECT s.id AS series_id, p.time, p.value, p.started, p.finished,
         md5(s.id || ' ' || extract(epoch FROM p.time))::uuid AS id, o.uuid AS server_id,
         s.metric_type, s.metric_name, s.labels
  FROM public.series s LEFT JOIN public.sources o ON o.id = s.source_id
  CROSS JOIN LATERAL (
    SELECT g.time, g."values"[place] AS value, g.time AS started, g.time AS finished
    FROM public.staging g
    JOIN public.layouts l ON l.id = g.layout_id AND l.source_id = g.source_id
    CROSS JOIN LATERAL unnest(array_positions(l.series_ids, s.id)) AS place
    WHERE g.source_id = s.source_id AND g."values"[place] IS NOT NULL
    UNION ALL
    SELECT to_timestamp(d.ms / 1000.0), d.value, d.start, d.finish
    FROM (SELECT c.start, c.finish, unnest(monitron_v1.decode_values(c.data)) AS value,
                 unnest(monitron_v1.chunk_times(
                   c.times, monitron_v1.shared_times(c.tableoid, s.source_id, c.times_id))) AS ms
          FROM public.chunks c
          WHERE c.series_id = s.id AND c.tier = 4 * s.class
            AND c.tier IN (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60)) AS d
  ) AS p;

CREATE OR REPLACE VIEW monitron_v1.samples AS
  SELECT series_id, time, value, started FROM monitron_v1.stored_samples;

CREATE OR REPLACE VIEW monitron_v1.metrics AS
  SELECT id, server_id, metric_type, metric_name, value, labels, time AS "timestamp", started
  FROM monitron_v1.stored_samples;

-- Hours of a day. Thousand rows, as PostgreSQL has it by itself, make it compile each plan (JIT).
ALTER FUNCTION monitron_v1.decode_rollup(bigint[], bytea) ROWS 24;

CREATE OR REPLACE VIEW monitron_v1.rollups AS
  SELECT s.id AS series_id, p.resolution,
         date_bin(p.resolution, to_timestamp((p.r).first_ms / 1000.0),
                  timestamptz '1970-01-01 00:00+00') AS time,
         (p.r).count, (p.r).min, (p.r).max, (p.r).sum, (p.r).first, (p.r).last,
         to_timestamp((p.r).first_ms / 1000.0) AS first_time,
         to_timestamp((p.r).last_ms / 1000.0) AS last_time,
         (p.r).last - (p.r).first + (p.r).correction AS increase,
         p.started
  FROM public.series s CROSS JOIN LATERAL (
    SELECT interval '5 minutes' AS resolution, c.start AS started,
           monitron_v1.decode_rollup(monitron_v1.chunk_times(
             c.times, monitron_v1.shared_times(c.tableoid, s.source_id, c.times_id)), c.data) AS r
    FROM public.chunks c
    WHERE c.series_id = s.id AND c.tier = 4 * s.class + 1
      AND c.tier IN (1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57, 61)
    UNION ALL
    SELECT interval '1 hour', c.start,
           monitron_v1.decode_rollup(monitron_v1.chunk_times(
             c.times, monitron_v1.shared_times(c.tableoid, s.source_id, c.times_id)), c.data)
    FROM public.chunks c
    WHERE c.series_id = s.id AND c.tier = 4 * s.class + 2
      AND c.tier IN (2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46, 50, 54, 58, 62)
  ) AS p;

-- The same from `begins` on, before `ends`. These become part of the query that calls them: they must be
-- plain SQL, neither STRICT nor with settings, and what they do with times of constants IMMUTABLE, so
-- that partitions of other days are not even looked at by the planner.
CREATE FUNCTION monitron_v1.samples_between(begins timestamptz, ends timestamptz)
RETURNS SETOF monitron_v1.samples LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT series_id, time, value, started FROM monitron_v1.stored_samples
  WHERE time >= begins AND time < ends AND finished >= begins AND started < ends
    AND started >= date_bin('1 day', begins, timestamptz '1970-01-01 00:00+00')
$$;
CREATE FUNCTION monitron_v1.metrics_between(begins timestamptz, ends timestamptz)
RETURNS SETOF monitron_v1.metrics LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT id, server_id, metric_type, metric_name, value, labels, time, started
  FROM monitron_v1.stored_samples
  WHERE time >= begins AND time < ends AND finished >= begins AND started < ends
    AND started >= date_bin('1 day', begins, timestamptz '1970-01-01 00:00+00')
$$;
-- Buckets begin before their first sample: all of the last day.
CREATE FUNCTION monitron_v1.rollups_between(begins timestamptz, ends timestamptz)
RETURNS SETOF monitron_v1.rollups LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT * FROM monitron_v1.rollups
  WHERE time >= begins AND time < ends
    AND started >= date_bin('1 day', begins, timestamptz '1970-01-01 00:00+00')
    AND started < (date_trunc('day', ends AT TIME ZONE 'UTC' - interval '1 microsecond')
                   + interval '1 day') AT TIME ZONE 'UTC'
$$;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitron_reader') THEN
    GRANT SELECT ON monitron_v1.stored_samples TO monitron_reader;
  END IF;
END $$;
