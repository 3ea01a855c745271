-- Checks that warn: up, but somebody should look at them; and checks that are never said to flap.

ALTER TABLE checks ADD COLUMN flap_detection boolean NOT NULL DEFAULT true;

-- warns_against: results in a row that speak against `warns`.
ALTER TABLE check_latest ADD COLUMN warns boolean NOT NULL DEFAULT false,
                         ADD COLUMN warns_against integer NOT NULL DEFAULT 0;
ALTER TABLE check_verdicts ADD COLUMN warns boolean NOT NULL DEFAULT false;

-- What began or ended with the result that the event is about. None: neither.
ALTER TABLE check_events ADD COLUMN flapping text CHECK (flapping IN ('began', 'ended')),
                         ADD COLUMN warning text CHECK (warning IN ('began', 'ended'));

CREATE OR REPLACE FUNCTION forget_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.check_verdicts SET status = 'unknown', status_since = now(), flapping = false,
    flapping_percent = 0, warns = false WHERE check_id = NEW.id;
  UPDATE public.check_latest SET status = 'unknown', status_since = now(), last_status = 'unknown',
    failures = 0, successes = 0, unknowns = 0, warning = '', turns = 0, flapping = false,
    flapping_percent = 0, warns = false, warns_against = 0 WHERE check_id = NEW.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE VIEW check_states AS
  SELECT c.id AS check_id,
         CASE WHEN c.enabled THEN COALESCE(v.status, l.status, 'unknown') ELSE 'paused' END AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since,
         COALESCE(v.flapping, l.flapping, false) AS flapping,
         COALESCE(v.flapping_percent, l.flapping_percent, 0) AS flapping_percent,
         COALESCE(v.warns, l.warns AND l.status = 'up', false) AS warning
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;
