-- A check may run from several locations: a state for each, and one verdict. The slots that were
-- missed.

ALTER TABLE check_latest ADD COLUMN location text NOT NULL DEFAULT 'default';
UPDATE check_latest l SET location = c.locations->>0
  FROM checks c WHERE c.id = l.check_id AND c.locations->>0 <> 'default';
ALTER TABLE check_latest ALTER COLUMN location DROP DEFAULT;
ALTER TABLE check_latest DROP CONSTRAINT check_latest_pkey, ADD PRIMARY KEY (check_id, location);
-- Slot of the latest result that was no word about silence.
ALTER TABLE check_latest ADD COLUMN heard timestamptz;
UPDATE check_latest SET heard = slot;
ALTER TABLE check_latest ALTER COLUMN heard SET NOT NULL;
-- What a check that is up warns of.
ALTER TABLE check_latest ADD COLUMN warning text NOT NULL DEFAULT '';
UPDATE check_latest l SET warning = e.reason FROM checks c CROSS JOIN LATERAL (
    SELECT reason, detail FROM check_events WHERE check_id = c.id ORDER BY at DESC, id DESC LIMIT 1
  ) e WHERE c.id = l.check_id AND e.detail->>'outcome' = 'warning';

-- Of checks that run from several locations; of the others the one row of check_latest says it.
CREATE TABLE check_verdicts (
  check_id     uuid PRIMARY KEY,
  status       text NOT NULL CHECK (status IN ('up', 'down', 'unknown')),
  status_since timestamptz NOT NULL
);

CREATE VIEW check_states AS
  SELECT c.id AS check_id, COALESCE(v.status, l.status, 'unknown') AS status,
         CASE WHEN v.status IS NOT NULL THEN v.status_since ELSE l.status_since END AS status_since
  FROM checks c
  LEFT JOIN check_verdicts v ON v.check_id = c.id AND jsonb_array_length(c.locations) > 1
  LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = c.locations->>0;

-- location_status: of the location; status: of the check. None: that of the check.
ALTER TABLE check_events ADD COLUMN location text NOT NULL DEFAULT 'default';
ALTER TABLE check_events ADD COLUMN location_status text;
UPDATE check_events e SET location = c.locations->>0
  FROM checks c WHERE c.id = e.check_id AND c.locations->>0 <> 'default';
ALTER TABLE check_events ALTER COLUMN location DROP DEFAULT;
CREATE INDEX check_events_located ON check_events (check_id, location, at, id);

-- Slots that were due and have no result, from the first to the last one; intervals of equal check,
-- location and reason do not overlap. check_id of zeros: all checks of the location.
CREATE TABLE missed_slots (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  check_id  uuid NOT NULL,
  location  text NOT NULL,
  reason    text NOT NULL,
  from_time timestamptz NOT NULL,
  to_time   timestamptz NOT NULL CHECK (to_time >= from_time)
);
CREATE INDEX missed_slots_read ON missed_slots (check_id, location, to_time);
