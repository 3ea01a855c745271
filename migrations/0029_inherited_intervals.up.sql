-- An instance's interval is that of its checks that have none of their own (M-083). Theirs is kept with
-- them all the same, so that who schedules and counts slots reads one number.
ALTER TABLE instances ADD COLUMN check_interval_seconds integer
  CHECK (check_interval_seconds BETWEEN 1 AND 86400);
ALTER TABLE checks ADD COLUMN interval_inherited boolean NOT NULL DEFAULT false;

-- It had no effect there, and is refused now.
UPDATE checks SET settings = jsonb_set(settings, '{http,reuse_connection}', 'false')
  WHERE kind = 'http' AND (settings #>> '{http,reuse_connection}')::boolean
    AND (settings #>> '{http,http_version}' = '2' OR settings #>> '{http,proxy}' <> '');
