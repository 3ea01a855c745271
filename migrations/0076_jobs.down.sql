ALTER TABLE report_runs DROP COLUMN progress, DROP COLUMN total;
DROP TABLE job_answers;
DROP TABLE jobs;
