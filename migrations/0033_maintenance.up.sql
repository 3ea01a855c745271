-- Times in which nobody is to be told, and checks that depend on others.

-- What is changed or deleted is closed, never lost: a version was in force from in_force_from until
-- in_force_until (none: it still is), so that what availability left out in the past stays true.
CREATE TABLE maintenance_windows (
  id               uuid NOT NULL,
  version          integer NOT NULL DEFAULT 1,
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description      text NOT NULL DEFAULT '',
  selector         jsonb NOT NULL DEFAULT '{}',
  everything       boolean NOT NULL DEFAULT false,
  starts_at        timestamptz,
  ends_at          timestamptz,
  rrule            text,
  local_start      text,
  duration_seconds integer,
  time_zone        text,
  counts_in_sla    boolean NOT NULL DEFAULT true,
  created_by       text NOT NULL DEFAULT '',
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  in_force_from    timestamptz NOT NULL,
  in_force_until   timestamptz,
  PRIMARY KEY (id, version),
  CHECK (everything = (selector = '{}')),
  CHECK (starts_at < ends_at),
  CHECK (num_nulls(starts_at, ends_at) IN (0, 2)),
  CHECK (num_nulls(rrule, local_start, duration_seconds, time_zone) IN (0, 4)),
  CHECK ((starts_at IS NULL) <> (rrule IS NULL))
);
CREATE UNIQUE INDEX maintenance_windows_current ON maintenance_windows (id)
  WHERE in_force_until IS NULL;

-- One that is up of `parents` is enough.
CREATE TABLE dependencies (
  id             uuid PRIMARY KEY,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  children       jsonb NOT NULL DEFAULT '{}',
  child_check_id uuid REFERENCES checks ON DELETE CASCADE,
  parents        uuid[] NOT NULL CHECK (cardinality(parents) BETWEEN 1 AND 100),
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CHECK ((child_check_id IS NULL) <> (children = '{}'))
);
CREATE INDEX dependencies_child ON dependencies (child_check_id);
CREATE INDEX dependencies_parents ON dependencies USING gin (parents);

-- A dependency loses the parents that are deleted, and goes with the last one.
CREATE FUNCTION forget_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM dependencies WHERE parents = ARRAY[OLD.id];
  UPDATE dependencies SET parents = array_remove(parents, OLD.id), version = version + 1,
                          updated_at = now()
    WHERE parents @> ARRAY[OLD.id];
  RETURN NULL;
END $$;
CREATE TRIGGER checks_forget_parent AFTER DELETE ON checks
  FOR EACH ROW EXECUTE FUNCTION forget_parent();

-- Also when they go along with a check.
CREATE FUNCTION tell_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY rules_changed;
  RETURN NULL;
END $$;
CREATE TRIGGER dependencies_told AFTER INSERT OR UPDATE OR DELETE ON dependencies
  FOR EACH STATEMENT EXECUTE FUNCTION tell_rules_changed();
CREATE TRIGGER maintenance_windows_told AFTER INSERT OR UPDATE OR DELETE ON maintenance_windows
  FOR EACH STATEMENT EXECUTE FUNCTION tell_rules_changed();
