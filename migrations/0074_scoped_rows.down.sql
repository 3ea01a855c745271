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
DO $$
BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW monitron_v1.stored_samples AS ' ||
          replace(pg_get_viewdef('monitron_v1.stored_samples'::regclass), '(monitron_v1.staged g',
                  '(staging g');
END $$;
DROP VIEW monitron_v1.staged;
ALTER VIEW check_states RESET (security_invoker);
ALTER VIEW staging RESET (security_invoker);
ALTER FUNCTION note_check_changes() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_locations() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_states() SECURITY INVOKER RESET search_path;
ALTER FUNCTION forget_parent() SECURITY INVOKER RESET search_path;
ALTER FUNCTION audit_append() SECURITY INVOKER RESET search_path;
