-- Kinds of checks are known to the programs alone; a check may run from several locations.
ALTER TABLE checks DROP CONSTRAINT checks_kind_check;
ALTER TABLE checks ADD CHECK (kind ~ '^[a-z][a-z0-9_-]{0,62}$');
ALTER TABLE checks DROP CONSTRAINT checks_target_check;
ALTER TABLE checks ADD CHECK (length(target) <= 2048);
ALTER TABLE checks ADD COLUMN locations jsonb NOT NULL DEFAULT '["default"]'
  CHECK (jsonb_typeof(locations) = 'array' AND jsonb_array_length(locations) BETWEEN 1 AND 20);
ALTER TABLE checks ADD COLUMN quorum integer NOT NULL DEFAULT 0 CHECK (quorum BETWEEN 0 AND 20);
ALTER TABLE checks ADD COLUMN retry_interval_seconds integer NOT NULL DEFAULT 0
  CHECK (retry_interval_seconds BETWEEN 0 AND 86400);
UPDATE checks SET locations = jsonb_build_array(location);
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
                                           'location', c.locations->>0)
                     || CASE WHEN h.id IS NULL THEN '{}'
                             ELSE jsonb_build_object('instance', h.hostname) END
           END AS labels,
           CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('check_id', o.uuid)
                WHEN o.uuid <> '00000000-0000-0000-0000-000000000000'
                THEN jsonb_build_object('server_id', o.uuid)
           END AS identity
  ) AS g ON true;
ALTER TABLE checks DROP COLUMN location;
UPDATE checks SET settings = jsonb_build_object('http', (settings->'http') - 'verify_tls' ||
    jsonb_build_object('tls', jsonb_build_object('verify', COALESCE(settings->'http'->'verify_tls', 'true'))))
  WHERE kind = 'http' AND settings ? 'http';
UPDATE checks SET settings = jsonb_build_object('tls', (settings->'tls') - 'server_name' ||
    jsonb_build_object('tls', jsonb_build_object('server_name', COALESCE(settings->'tls'->'server_name', '""'))))
  WHERE kind = 'tls' AND settings ? 'tls';
CREATE INDEX checks_locations ON checks USING gin (locations jsonb_path_ops) WHERE enabled;
