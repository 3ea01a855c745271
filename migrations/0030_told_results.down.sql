ALTER TABLE check_events DROP COLUMN result_status, DROP COLUMN failures,
                         DROP COLUMN failures_before_down;
