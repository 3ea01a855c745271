-- What an event was made of: the result itself, and how many failures in a row it made of how many that
-- make the location down. None: an event of before.
ALTER TABLE check_events ADD COLUMN result_status text,
                         ADD COLUMN failures integer,
                         ADD COLUMN failures_before_down integer;
