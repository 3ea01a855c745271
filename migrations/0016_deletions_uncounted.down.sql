ALTER TABLE series_deletions_done ADD COLUMN samples bigint NOT NULL DEFAULT 0;
