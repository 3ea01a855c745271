-- A check that is given other locations: what is known of those that it did not run from before, or
-- does not run from any more, says nothing. The verdict goes on only while there is one, from some of
-- the same locations. In the order in which writers lock these rows.
CREATE FUNCTION forget_locations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM public.check_verdicts WHERE check_id = NEW.id AND (
    least(jsonb_array_length(OLD.locations), jsonb_array_length(NEW.locations)) <= 1
    OR NOT OLD.locations ?| ARRAY(SELECT jsonb_array_elements_text(NEW.locations)));
  DELETE FROM public.check_latest WHERE check_id = NEW.id
    AND NOT (OLD.locations ? location AND NEW.locations ? location);
  RETURN NULL;
END $$;
CREATE TRIGGER checks_moved AFTER UPDATE OF locations ON checks FOR EACH ROW
  WHEN (OLD.locations <> NEW.locations) EXECUTE FUNCTION forget_locations();

-- Of edits before this.
DELETE FROM check_verdicts v USING checks c
  WHERE c.id = v.check_id AND jsonb_array_length(c.locations) <= 1;
DELETE FROM check_latest l USING checks c
  WHERE c.id = l.check_id AND NOT c.locations ? l.location;
