DROP TABLE missed_slots;
DROP INDEX check_events_located;
ALTER TABLE check_events DROP COLUMN location_status;
ALTER TABLE check_events DROP COLUMN location;
DROP VIEW check_states;
DROP TABLE check_verdicts;
DELETE FROM check_latest l WHERE EXISTS (SELECT FROM check_latest m WHERE m.check_id = l.check_id
  AND (m.slot, m.location) > (l.slot, l.location));
ALTER TABLE check_latest DROP COLUMN warning;
ALTER TABLE check_latest DROP COLUMN heard;
ALTER TABLE check_latest DROP CONSTRAINT check_latest_pkey, ADD PRIMARY KEY (check_id);
ALTER TABLE check_latest DROP COLUMN location;
