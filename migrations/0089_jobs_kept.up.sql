-- What has ended is kept of each who asked, not more than so much, and without what was asked.
CREATE INDEX jobs_finished_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_finished_of_idx ON jobs (actor_kind, actor_id, finished_at DESC, id DESC)
  WHERE finished_at IS NOT NULL;
UPDATE jobs SET request = '' WHERE finished_at IS NOT NULL;
-- An answer is given to who may what he might when it was made.
ALTER TABLE jobs DROP COLUMN permission;
ALTER TABLE job_answers ADD COLUMN rights text NOT NULL DEFAULT '';
CREATE INDEX report_requests_created_at_idx ON report_requests (created_at, id);
CREATE INDEX report_runs_created_at_idx ON report_runs (created_at, id);
-- Counts what a command has changed (secrets that are sealed anew).
ALTER TABLE jobs ADD COLUMN version bigint NOT NULL DEFAULT 1;
