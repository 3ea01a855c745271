-- From PostgreSQL 16 on, who made a role is a member of it and yet may not take it, unless that was
-- granted. Whether this one may is found by taking it.
CREATE OR REPLACE FUNCTION allow_scoped() RETURNS void LANGUAGE plpgsql
SET client_min_messages = warning AS $$
DECLARE
  role name := session_user || '_scoped';
  one record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = session_user
                   AND (rolcreaterole OR rolsuper)) THEN
      RETURN;
    END IF;
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database of this server was quicker
    END;
  END IF;
  BEGIN
    PERFORM set_config('role', role, true), set_config('role', 'none', true);
  EXCEPTION WHEN insufficient_privilege THEN
    BEGIN
      EXECUTE format('GRANT %I TO %I', role, session_user) ||
              CASE WHEN current_setting('server_version_num')::integer >= 160000
              THEN ' WITH SET TRUE' ELSE '' END;
    EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
      NULL;  -- whether it may be taken is found out at the start of the API
    END;
  END;
  FOR one IN SELECT relation, rights FROM scoped_rights
             WHERE given_to IS DISTINCT FROM quote_ident(role)::regrole::oid LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
    EXECUTE format('GRANT %s ON %I TO %I', one.rights, one.relation, role);
    UPDATE scoped_rights SET given_to = quote_ident(role)::regrole::oid WHERE relation = one.relation;
  END LOOP;
END $$;
