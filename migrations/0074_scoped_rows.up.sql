-- A second net under permissions by label (docs/permissions.md): transactions on behalf of somebody
-- who has a permission on some instances alone run as a role that PostgreSQL shows no other rows.
-- The owner of the tables is not held to it (no FORCE): the plans of everybody else stay.
--
-- The role is that of the owner with "_scoped" behind it, so that no other installation of the same
-- server has it. `monitron.scope` are the labels, as JSON: an array of objects; without it nothing
-- is seen.

-- What the role may. A table that is not here, it may not touch at all. Read by allow_scoped(), which
-- notes whom it gave it.
CREATE TABLE scoped_rights (
  relation text PRIMARY KEY,
  rights text NOT NULL,
  given_to oid
);

INSERT INTO scoped_rights (relation, rights) VALUES
  ('instances', 'SELECT, UPDATE, DELETE'),
  ('instance_activity', 'SELECT'),
  ('instance_groups', 'SELECT'),
  ('instance_group_members', 'SELECT, INSERT, DELETE'),
  ('instance_relations', 'SELECT, INSERT, UPDATE, DELETE'),
  ('checks', 'SELECT, INSERT, UPDATE, DELETE'),
  ('check_states', 'SELECT'),
  ('check_latest', 'SELECT'),
  ('check_verdicts', 'SELECT'),
  ('check_events', 'SELECT'),
  ('missed_slots', 'SELECT'),
  ('heartbeats', 'SELECT'),
  ('check_tests', 'SELECT, INSERT, DELETE'),
  ('check_test_results', 'SELECT'),
  ('alert_states', 'SELECT'),
  ('incidents', 'SELECT, UPDATE'),
  ('incident_events', 'SELECT'),
  ('incident_actions', 'SELECT, INSERT'),
  ('deliveries', 'SELECT'),
  ('sources', 'SELECT'),
  ('series', 'SELECT'),
  ('layouts', 'SELECT'),
  ('staging', 'SELECT'),
  ('staging_0', 'SELECT'),
  ('staging_1', 'SELECT'),
  ('staging_2', 'SELECT'),
  ('staging_3', 'SELECT'),
  ('chunks', 'SELECT'),
  ('chunk_times', 'SELECT'),
  -- Of nobody's instances: the same for all.
  ('staging_slots', 'SELECT'),
  ('staging_ring', 'SELECT'),
  ('chunk_partitions', 'SELECT'),
  ('check_types', 'SELECT'),
  ('rules', 'SELECT (id, name, severity, annotations, version)'),
  ('users', 'SELECT (id, name, email)'),
  ('api_tokens', 'SELECT (id, name)'),
  -- What is only written down.
  ('audit_log', 'INSERT'),
  ('api_outbox', 'INSERT'),
  ('api_outbox_id_seq', 'UPDATE'),
  -- What tells whether something is silenced or in maintenance.
  ('known_silences', 'SELECT'),
  ('maintenance_windows', 'SELECT'),
  ('dependencies', 'SELECT');

-- What is within the scope. Conditions on one row of another table are as such: whichever is
-- cheaper, PostgreSQL looks one up or reads all that are within.
ALTER TABLE instances ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON instances USING (labels @> ANY (ARRAY(
  SELECT jsonb_array_elements(nullif(current_setting('monitron.scope', true), '')::jsonb))));

ALTER TABLE checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON checks
  USING (EXISTS (SELECT FROM instances i WHERE i.id = checks.instance_id));

ALTER TABLE instance_relations ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON instance_relations
  USING (EXISTS (SELECT FROM instances i WHERE i.id = instance_relations.instance_id)
         AND EXISTS (SELECT FROM instances i WHERE i.id = instance_relations.target_id));

ALTER TABLE instance_groups ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON instance_groups
  USING (EXISTS (SELECT FROM instance_group_members m WHERE m.group_id = instance_groups.id));

ALTER TABLE sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON sources
  USING (EXISTS (SELECT FROM instances i WHERE i.id = sources.uuid)
         OR EXISTS (SELECT FROM checks c WHERE c.id = sources.uuid));

ALTER TABLE check_tests ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON check_tests USING (EXISTS (
  SELECT FROM checks c WHERE c.id = (definition->'check'->>'id')::uuid));

-- One column of theirs says what they belong to.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT * FROM (VALUES
      ('instance_group_members', 'instance_id', 'instances', 'id'),
      ('instance_activity', 'source_id', 'instances', 'id'),
      ('check_latest', 'check_id', 'checks', 'id'),
      ('check_verdicts', 'check_id', 'checks', 'id'),
      ('check_events', 'check_id', 'checks', 'id'),
      ('missed_slots', 'check_id', 'checks', 'id'),
      ('heartbeats', 'check_id', 'checks', 'id'),
      ('check_test_results', 'test_id', 'check_tests', 'id'),
      ('incident_events', 'incident_id', 'incidents', 'id'),
      ('incident_actions', 'incident_id', 'incidents', 'id'),
      ('deliveries', 'incident_id', 'incidents', 'id'),
      ('series', 'source_id', 'sources', 'id'),
      ('layouts', 'source_id', 'sources', 'id'),
      ('staging_0', 'source_id', 'sources', 'id'),
      ('staging_1', 'source_id', 'sources', 'id'),
      ('staging_2', 'source_id', 'sources', 'id'),
      ('staging_3', 'source_id', 'sources', 'id'),
      ('chunk_times', 'source_id', 'sources', 'id'),
      ('chunks', 'series_id', 'series', 'id')) AS t (relation, belongs, whole, key)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.relation);
    EXECUTE format('CREATE POLICY scoped ON %I USING (EXISTS (SELECT FROM %I AS whose '
                   'WHERE whose.%I = %I.%I))',
                   one.relation, one.whole, one.key, one.relation, one.belongs);
  END LOOP;
  -- What tells of an instance or a check by its labels, and of none that is not within: as
  -- told_in_scope_sql() has it.
  FOR one IN SELECT * FROM (VALUES ('alert_states'), ('incidents')) AS t (relation) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.relation);
    EXECUTE format($policy$
      CREATE POLICY scoped ON %1$I USING (
        (labels ? 'server_id' OR labels ? 'check_id')
        AND (labels->'server_id' IS NULL OR EXISTS (SELECT FROM instances AS whose WHERE whose.id =
          (CASE WHEN %1$I.labels->>'server_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
           THEN (%1$I.labels->>'server_id')::uuid END)))
        AND (labels->'check_id' IS NULL OR EXISTS (SELECT FROM checks AS what WHERE what.id =
          (CASE WHEN %1$I.labels->>'check_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
           THEN (%1$I.labels->>'check_id')::uuid END))))
    $policy$, one.relation);
  END LOOP;
END $$;

-- Views show what who asks may see, not what their owner may.
ALTER VIEW check_states SET (security_invoker = true);
ALTER VIEW staging SET (security_invoker = true);
-- … but for those of monitron_v1, which show all: they have one of their own.
DO $$
BEGIN
  EXECUTE 'CREATE VIEW monitron_v1.staged AS ' || pg_get_viewdef('public.staging'::regclass);
END $$;
CREATE OR REPLACE VIEW monitron_v1.stored_samples AS
  SELECT s.id AS series_id, p.time, p.value, p.started, p.finished,
         md5(s.id || ' ' || extract(epoch FROM p.time))::uuid AS id, o.uuid AS server_id,
         s.metric_type, s.metric_name, s.labels
  FROM public.series s LEFT JOIN public.sources o ON o.id = s.source_id
  CROSS JOIN LATERAL (
    SELECT g.time, g."values"[place] AS value, g.time AS started, g.time AS finished
    FROM monitron_v1.staged g
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

-- What follows from a change is done whoever made it.
ALTER FUNCTION note_check_changes() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION forget_locations() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION forget_states() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION forget_parent() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION audit_append() SECURITY DEFINER SET search_path = public, pg_temp;

-- Makes the role, if this one may, and gives it what scoped_rights says. Done with each migration.
CREATE FUNCTION allow_scoped() RETURNS void LANGUAGE plpgsql SET client_min_messages = warning AS $$
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
