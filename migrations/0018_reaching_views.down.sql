DROP FUNCTION monitron_v1.samples_between(timestamptz, timestamptz),
  monitron_v1.metrics_between(timestamptz, timestamptz),
  monitron_v1.rollups_between(timestamptz, timestamptz);

CREATE OR REPLACE VIEW monitron_v1.samples AS
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

CREATE OR REPLACE VIEW monitron_v1.metrics AS
  SELECT md5(p.series_id || ' ' || extract(epoch FROM p.time))::uuid AS id, o.uuid AS server_id,
         s.metric_type, s.metric_name, p.value, s.labels, p.time AS "timestamp", p.started
  FROM monitron_v1.samples p JOIN public.series s ON s.id = p.series_id
  JOIN public.sources o ON o.id = s.source_id;

CREATE OR REPLACE VIEW monitron_v1.rollups AS
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

DROP VIEW monitron_v1.stored_samples;
DROP FUNCTION monitron_v1.shared_times(oid, integer, bigint);
ALTER FUNCTION monitron_v1.decode_rollup(bigint[], bytea) ROWS 1000;
