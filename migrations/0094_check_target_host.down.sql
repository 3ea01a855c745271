ALTER TABLE checks DROP COLUMN target_host;
