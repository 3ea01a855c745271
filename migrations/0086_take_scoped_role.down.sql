CREATE OR REPLACE FUNCTION allow_scoped() RETURNS void LANGUAGE plpgsql SET client_min_messages = warning AS $$
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
  IF NOT pg_has_role(session_user, role, 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT %I TO %I', role, session_user);
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;  -- it is found out when it is used
    END;
  END IF;
  FOR one IN SELECT relation, rights FROM scoped_rights
             WHERE given_to IS DISTINCT FROM quote_ident(role)::regrole::oid LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
    EXECUTE format('GRANT %s ON %I TO %I', one.rights, one.relation, role);
    UPDATE scoped_rights SET given_to = quote_ident(role)::regrole::oid WHERE relation = one.relation;
  END LOOP;
END $$;
