DROP INDEX checks_locations;
DELETE FROM checks WHERE kind NOT IN ('http', 'tcp', 'icmp', 'tls', 'script');
UPDATE checks SET settings = jsonb_build_object('http', (settings->'http') - 'tls' ||
    jsonb_build_object('verify_tls', COALESCE(settings->'http'->'tls'->'verify', 'true')))
  WHERE kind = 'http' AND settings ? 'http';
UPDATE checks SET settings = jsonb_build_object('tls', (settings->'tls') - 'tls' ||
    jsonb_build_object('server_name', COALESCE(settings->'tls'->'tls'->'server_name', '""')))
  WHERE kind = 'tls' AND settings ? 'tls';
ALTER TABLE checks ADD COLUMN location text NOT NULL DEFAULT 'default';
UPDATE checks SET location = locations->>0;
CREATE OR REPLACE VIEW monitron_v1.series AS
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
ALTER TABLE checks DROP COLUMN retry_interval_seconds;
ALTER TABLE checks DROP COLUMN quorum;
ALTER TABLE checks DROP COLUMN locations;
ALTER TABLE checks DROP CONSTRAINT checks_target_check;
ALTER TABLE checks ADD CHECK (length(target) BETWEEN 1 AND 2048);
ALTER TABLE checks DROP CONSTRAINT checks_kind_check;
ALTER TABLE checks ADD CHECK (kind IN ('http', 'tcp', 'icmp', 'tls', 'script'));
