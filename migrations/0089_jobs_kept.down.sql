ALTER TABLE jobs DROP COLUMN version;
DROP INDEX report_runs_created_at_idx, report_requests_created_at_idx;
ALTER TABLE job_answers DROP COLUMN rights;
ALTER TABLE jobs ADD COLUMN permission text NOT NULL DEFAULT 'jobs:write';
DROP INDEX jobs_finished_of_idx, jobs_finished_idx;
