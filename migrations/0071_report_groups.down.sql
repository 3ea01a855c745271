ALTER TABLE report_requests DROP COLUMN group_by;
ALTER TABLE report_schedules DROP COLUMN group_by;
