CREATE OR REPLACE VIEW check_states AS
  SELECT c.id AS check_id, COALESCE(v.status, l.status, 'unknown') AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;
DROP TRIGGER checks_paused ON checks;
DROP FUNCTION forget_states();
