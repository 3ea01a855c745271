-- What people may read by SQL: views of monitron_v1, for psql, Grafana and the like. docs/sql.md
-- tells of them.

-- Label names as PromQL can have them; what begins with __ is nobody's.
CREATE FUNCTION monitron_v1.given_labels(labels jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT COALESCE(jsonb_object_agg(name, value) FILTER (WHERE name NOT LIKE '\_\_%'), '{}')
  FROM (SELECT regexp_replace(regexp_replace(key, '[^a-zA-Z0-9_]', '_', 'g'), '^([0-9])', '_\1'),
               value
        FROM jsonb_each(labels) WHERE jsonb_typeof(value) = 'string') AS one (name, value)
$$;

-- A label of the series' own wins, but for server_id and check_id.
CREATE VIEW monitron_v1.series AS
  SELECT s.id AS series_id, s.name,
         COALESCE(g.labels, '{}') || s.labels || COALESCE(g.identity, '{}') AS labels,
         o.uuid AS source, s.metric_type, s.metric_name, s.class
  FROM public.series s JOIN public.sources o ON o.id = s.source_id
  LEFT JOIN public.instances i ON i.id = o.uuid
  LEFT JOIN public.checks c ON c.id = o.uuid
  LEFT JOIN public.instances h ON h.id = c.instance_id
  LEFT JOIN LATERAL (
    SELECT CASE WHEN i.id IS NOT NULL
                THEN monitron_v1.given_labels(i.labels)
                     || jsonb_build_object('instance', i.hostname)
                WHEN c.id IS NOT NULL
                THEN monitron_v1.given_labels(c.labels)
                     || jsonb_build_object('check', c.name, 'kind', c.kind, 'target', c.target,
                                           'location', c.location)
                     || CASE WHEN h.id IS NULL THEN '{}'
                             ELSE jsonb_build_object('instance', h.hostname) END
           END AS labels,
           CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('check_id', o.uuid)
                WHEN o.uuid <> '00000000-0000-0000-0000-000000000000'
                THEN jsonb_build_object('server_id', o.uuid)
           END AS identity
  ) AS g ON true;

-- Raw samples, staged or in chunks. `started` is of the same UTC day as `time` and not later: a
-- condition on it leaves out the partitions of other days, which one on `time` can not.
CREATE VIEW monitron_v1.samples AS
  SELECT p.series_id, g.time, p.value, g.time AS started
  FROM public.staging g JOIN public.layouts l ON l.id = g.layout_id
  CROSS JOIN LATERAL unnest(l.series_ids, g."values") AS p (series_id, value)
  WHERE p.value IS NOT NULL
  UNION ALL
  SELECT c.series_id, to_timestamp(p.ms / 1000.0), p.value, c.start
  FROM public.chunks c JOIN public.series s ON s.id = c.series_id
  LEFT JOIN public.chunk_times t
    ON t.tier = c.tier AND t.source_id = s.source_id AND t.id = c.times_id
  CROSS JOIN LATERAL unnest(monitron_v1.chunk_times(c.times, t.times),
                            monitron_v1.decode_values(c.data)) AS p (ms, value)
  WHERE c.tier IN (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);

-- One column of a rollup: {value, …} and, as one number more, the place after it. An absent value
-- is NULL: it is what the rule of the column says.
CREATE FUNCTION monitron_v1.rollup_column(data bytea, place integer, count integer)
RETURNS float8[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  head bigint[] := monitron_v1.varint_at(data, place);
  after constant bigint := head[2] + (head[1] >> 1);
  size bigint[];
  present boolean[];
  others float8[];
  numbers float8[] := array_fill(NULL::float8, ARRAY[count]);
  at integer := 1;
BEGIN
  IF head[1] = 0 THEN
    RETURN numbers || after::float8;
  END IF;
  IF head[1] & 1 = 0 THEN
    RETURN monitron_v1.decode_values(
      substr(data, head[2]::integer + 1, (head[1] >> 1)::integer)) || after::float8;
  END IF;
  size := monitron_v1.varint_at(data, head[2]::integer);
  present := monitron_v1.decode_presence(
    substr(data, size[2]::integer + 1, size[1]::integer), count);
  others := monitron_v1.decode_values(
    substr(data, (size[2] + size[1])::integer + 1, (after - size[2] - size[1])::integer));
  FOR i IN 1..count LOOP
    IF present[i] THEN
      numbers[i] := others[at];
      at := at + 1;
    END IF;
  END LOOP;
  RETURN numbers || after::float8;
END $$;

-- `times`: of the first and the last sample of one bucket after the other.
CREATE FUNCTION monitron_v1.decode_rollup(times bigint[], data bytea)
RETURNS TABLE (first_ms bigint, last_ms bigint, count bigint, first float8, last float8,
               min float8, max float8, sum float8, correction float8)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain constant bytea := data || ''::bytea;
  buckets constant integer := cardinality(times) / 2;
  place integer := 1;
  columns float8[][] := '{}';
  one float8[];
BEGIN
  IF get_byte(plain, 0) <> 1 THEN
    PERFORM monitron_v1.not_a_chunk();
  END IF;
  FOR i IN 1..7 LOOP
    one := monitron_v1.rollup_column(plain, place, buckets);
    place := one[buckets + 1];
    columns := columns || ARRAY[one[1:buckets]];
  END LOOP;
  first := 0;
  FOR i IN 1..buckets LOOP
    first_ms := times[2 * i - 1];
    last_ms := times[2 * i];
    count := COALESCE(columns[1][i], 1);
    first := COALESCE(columns[2][i], first);
    last := COALESCE(columns[3][i], first);
    min := COALESCE(columns[4][i], least(first, last));  -- to which NaN is more than any number
    max := COALESCE(columns[5][i], CASE WHEN first = 'NaN' THEN last WHEN last = 'NaN' THEN first
                                        ELSE greatest(first, last) END);
    sum := COALESCE(columns[6][i], count * min);
    correction := COALESCE(columns[7][i], 0);
    RETURN NEXT;
  END LOOP;
END $$;

-- Samples in buckets of 5 min and 1 h: `time` is when a bucket begins. `increase`: of a counter,
-- between the first and the last sample of the bucket.
CREATE VIEW monitron_v1.rollups AS
  SELECT c.series_id, b.width AS resolution,
         date_bin(b.width, to_timestamp(r.first_ms / 1000.0), timestamptz '1970-01-01 00:00+00')
           AS time,
         r.count, r.min, r.max, r.sum, r.first, r.last,
         to_timestamp(r.first_ms / 1000.0) AS first_time,
         to_timestamp(r.last_ms / 1000.0) AS last_time,
         r.last - r.first + r.correction AS increase,
         c.start AS started
  FROM public.chunks c JOIN public.series s ON s.id = c.series_id
  JOIN (VALUES (1, interval '5 minutes'), (2, interval '1 hour')) AS b (resolution, width)
    ON c.tier % 4 = b.resolution
  LEFT JOIN public.chunk_times t
    ON t.tier = c.tier AND t.source_id = s.source_id AND t.id = c.times_id
  CROSS JOIN LATERAL monitron_v1.decode_rollup(monitron_v1.chunk_times(c.times, t.times), c.data)
    AS r;

-- Samples with what they are of. Samples of equal series and time have the same id.
CREATE VIEW monitron_v1.metrics AS
  SELECT md5(p.series_id || ' ' || extract(epoch FROM p.time))::uuid AS id, o.uuid AS server_id,
         s.metric_type, s.metric_name, p.value, s.labels, p.time AS "timestamp", p.started
  FROM monitron_v1.samples p JOIN public.series s ON s.id = p.series_id
  JOIN public.sources o ON o.id = s.source_id;

CREATE VIEW monitron_v1.servers AS
  SELECT i.id, i.hostname, i.ip_address, i.os, i.labels, i.agent_version, a.last_seen,
         i.created_at, i.updated_at
  FROM public.instances i LEFT JOIN public.instance_activity a ON a.source_id = i.id;

-- A role for reading these, if it may be made here; where it may not, whoever may makes it and
-- gives it the same rights (docs/sql.md).
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitron_reader')
     AND EXISTS (SELECT FROM pg_roles WHERE rolname = current_user
                 AND (rolcreaterole OR rolsuper)) THEN
    BEGIN
      CREATE ROLE monitron_reader NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database of this server was quicker
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitron_reader') THEN
    GRANT USAGE ON SCHEMA monitron_v1 TO monitron_reader;
    GRANT SELECT ON monitron_v1.series, monitron_v1.samples, monitron_v1.rollups,
      monitron_v1.metrics, monitron_v1.servers TO monitron_reader;
  END IF;
END $$;
