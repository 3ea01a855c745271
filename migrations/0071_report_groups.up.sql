-- Reports by a label: a section for each of its values. Empty: as one.
ALTER TABLE report_schedules ADD COLUMN group_by text NOT NULL DEFAULT '';
ALTER TABLE report_requests ADD COLUMN group_by text NOT NULL DEFAULT '';
