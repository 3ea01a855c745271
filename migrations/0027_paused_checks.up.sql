-- A check that is paused, or goes on: what was seen before says nothing of now. What was seen last and
-- when stays to be read. In the order in which writers lock these rows.
CREATE FUNCTION forget_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.check_verdicts SET status = 'unknown', status_since = now() WHERE check_id = NEW.id;
  UPDATE public.check_latest SET status = 'unknown', status_since = now(), last_status = 'unknown',
    failures = 0, successes = 0, unknowns = 0, warning = '' WHERE check_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER checks_paused AFTER UPDATE OF enabled ON checks FOR EACH ROW
  WHEN (OLD.enabled <> NEW.enabled) EXECUTE FUNCTION forget_states();

-- Of pauses before this.
UPDATE check_verdicts v SET status = 'unknown', status_since = c.updated_at FROM checks c
  WHERE c.id = v.check_id AND NOT c.enabled;
UPDATE check_latest l SET status = 'unknown', status_since = c.updated_at, last_status = 'unknown',
  failures = 0, successes = 0, unknowns = 0, warning = '' FROM checks c
  WHERE c.id = l.check_id AND NOT c.enabled;

CREATE OR REPLACE VIEW check_states AS
  SELECT c.id AS check_id,
         CASE WHEN c.enabled THEN COALESCE(v.status, l.status, 'unknown') ELSE 'paused' END AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;
