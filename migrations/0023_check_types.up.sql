-- Types of checks that users define. docs/check-types.md tells of them.
CREATE TABLE check_types (
  id         uuid PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  definition text NOT NULL CHECK (length(definition) <= 65536),
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Checks of a type are other checks when it changes.
CREATE FUNCTION note_check_type() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.check_changes (check_id)
    SELECT id FROM public.checks WHERE kind IN (OLD.name, NEW.name);
  NOTIFY checks_changed;
  RETURN NULL;
END $$;
CREATE TRIGGER check_types_updated AFTER UPDATE ON check_types
  FOR EACH ROW EXECUTE FUNCTION note_check_type();
