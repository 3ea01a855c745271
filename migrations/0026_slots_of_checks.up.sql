-- Since when a check has the slots that it has, and until when it had them, if it is paused: its
-- slots are accounted for in that time.
ALTER TABLE checks ADD COLUMN slots_since timestamptz NOT NULL DEFAULT now(),
                   ADD COLUMN slots_until timestamptz;
UPDATE checks SET slots_until = slots_since WHERE NOT enabled;

CREATE FUNCTION note_slots_of_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.enabled THEN
    IF TG_OP = 'INSERT' OR OLD.enabled THEN NEW.slots_until = now(); END IF;
  ELSIF TG_OP = 'UPDATE' AND
        (NOT OLD.enabled OR (NEW.interval_seconds, NEW.kind, NEW.locations)
                            IS DISTINCT FROM (OLD.interval_seconds, OLD.kind, OLD.locations)) THEN
    NEW.slots_since = now();
    NEW.slots_until = NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER checks_slots BEFORE INSERT OR UPDATE ON checks FOR EACH ROW
  EXECUTE FUNCTION note_slots_of_check();
