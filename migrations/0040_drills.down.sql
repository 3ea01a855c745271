DELETE FROM rules WHERE id = '00000000-0000-7000-8000-000000000040';
ALTER TABLE subscriptions DROP COLUMN drills;
DROP INDEX incidents_drills_open;
DROP TABLE drills;
DROP TABLE drill_requests;
DROP TABLE drill_schedule;
