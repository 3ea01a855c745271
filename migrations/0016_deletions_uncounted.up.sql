-- Who deletes goes on where another was stopped, and knows only what it took away itself.
ALTER TABLE series_deletions_done DROP COLUMN samples;
