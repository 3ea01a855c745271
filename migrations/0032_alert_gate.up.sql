-- Alerts that fire and are held back, those that are kept firing, and checks that flap.

ALTER TABLE alert_states ADD COLUMN suppressed_by jsonb,
                         ADD COLUMN keep_firing_until timestamptz;

-- turns: bit n says that the result n before the latest was another one than the result before it.
ALTER TABLE check_latest ADD COLUMN turns integer NOT NULL DEFAULT 0,
                         ADD COLUMN flapping boolean NOT NULL DEFAULT false,
                         ADD COLUMN flapping_percent double precision NOT NULL DEFAULT 0;
ALTER TABLE check_verdicts ADD COLUMN flapping boolean NOT NULL DEFAULT false,
                           ADD COLUMN flapping_percent double precision NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION forget_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.check_verdicts SET status = 'unknown', status_since = now(), flapping = false,
    flapping_percent = 0 WHERE check_id = NEW.id;
  UPDATE public.check_latest SET status = 'unknown', status_since = now(), last_status = 'unknown',
    failures = 0, successes = 0, unknowns = 0, warning = '', turns = 0, flapping = false,
    flapping_percent = 0 WHERE check_id = NEW.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE VIEW check_states AS
  SELECT c.id AS check_id,
         CASE WHEN c.enabled THEN COALESCE(v.status, l.status, 'unknown') ELSE 'paused' END AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since,
         COALESCE(v.flapping, l.flapping, false) AS flapping,
         COALESCE(v.flapping_percent, l.flapping_percent, 0) AS flapping_percent
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;
