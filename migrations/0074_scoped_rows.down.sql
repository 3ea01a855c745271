DO $$
DECLARE
  role name := session_user || '_scoped';
  one record;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    FOR one IN SELECT relation FROM scoped_rights LOOP
      EXECUTE format('REVOKE ALL ON %I FROM %I', one.relation, role);
    END LOOP;
    EXECUTE format('REVOKE USAGE ON SCHEMA public FROM %I', role);
  END IF;
  FOR one IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'scoped'
  LOOP
    EXECUTE format('DROP POLICY scoped ON %I', one.tablename);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', one.tablename);
  END LOOP;
END $$;
DROP FUNCTION allow_scoped();
DROP TABLE scoped_rights;
CREATE OR REPLACE VIEW monitron_v1.stored_samples AS
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
DROP VIEW monitron_v1.staged;
ALTER VIEW check_states RESET (security_invoker);
ALTER VIEW staging RESET (security_invoker);
ALTER FUNCTION note_check_changes() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_locations() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_states() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_parent() SECURITY INVOKER RESET search_path;
ALTER FUNCTION audit_append() SECURITY INVOKER RESET search_path;
