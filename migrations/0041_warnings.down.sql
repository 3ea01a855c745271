DROP VIEW check_states;
CREATE VIEW check_states AS
  SELECT c.id AS check_id,
         CASE WHEN c.enabled THEN COALESCE(v.status, l.status, 'unknown') ELSE 'paused' END AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since,
         COALESCE(v.flapping, l.flapping, false) AS flapping,
         COALESCE(v.flapping_percent, l.flapping_percent, 0) AS flapping_percent
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;
CREATE OR REPLACE FUNCTION forget_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.check_verdicts SET status = 'unknown', status_since = now(), flapping = false,
    flapping_percent = 0 WHERE check_id = NEW.id;
  UPDATE public.check_latest SET status = 'unknown', status_since = now(), last_status = 'unknown',
    failures = 0, successes = 0, unknowns = 0, warning = '', turns = 0, flapping = false,
    flapping_percent = 0 WHERE check_id = NEW.id;
  RETURN NULL;
END $$;
ALTER TABLE check_events DROP COLUMN warning, DROP COLUMN flapping;
ALTER TABLE check_verdicts DROP COLUMN warns;
ALTER TABLE check_latest DROP COLUMN warns_against, DROP COLUMN warns;
ALTER TABLE checks DROP COLUMN flap_detection;
