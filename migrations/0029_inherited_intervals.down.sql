ALTER TABLE checks DROP COLUMN interval_inherited;
ALTER TABLE instances DROP COLUMN check_interval_seconds;
