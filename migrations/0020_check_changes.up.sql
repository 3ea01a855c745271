-- Which checks have changed, definition or state, so that schedulers read those alone: one row for each
-- change, with the transaction that made it. A reader keeps the snapshot of its last look; what that
-- snapshot did not see is new to it, in whatever order transactions commit. Schedulers prune.
CREATE TABLE check_changes (
  check_id   uuid NOT NULL,
  changed_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX check_changes_by ON check_changes (changed_by);
CREATE INDEX check_changes_at ON check_changes (changed_at);

CREATE FUNCTION note_check_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.check_changes (check_id) SELECT id FROM changed;
  IF FOUND THEN NOTIFY checks_changed; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER checks_inserted AFTER INSERT ON checks
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_check_changes();
CREATE TRIGGER checks_updated AFTER UPDATE ON checks
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_check_changes();
CREATE TRIGGER checks_deleted AFTER DELETE ON checks
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_check_changes();

-- A state that has changed, or whose change waits to be confirmed: the check may run again sooner.
CREATE FUNCTION note_check_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.check_changes (check_id) VALUES (NEW.check_id);
  RETURN NULL;
END $$;
CREATE TRIGGER check_latest_turned AFTER UPDATE ON check_latest FOR EACH ROW
  WHEN (OLD.status <> NEW.status
        OR (NEW.last_status <> NEW.status AND NEW.last_status <> 'unknown'))
  EXECUTE FUNCTION note_check_state();

-- How far each location's schedule is sent: where a gap begins, when somebody else goes on.
CREATE TABLE check_schedules (
  location   text PRIMARY KEY,
  sent_until timestamptz NOT NULL
);
