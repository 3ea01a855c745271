ALTER TABLE staging_0 RESET (autovacuum_vacuum_insert_threshold);
ALTER TABLE staging_1 RESET (autovacuum_vacuum_insert_threshold);
ALTER TABLE staging_2 RESET (autovacuum_vacuum_insert_threshold);
ALTER TABLE staging_3 RESET (autovacuum_vacuum_insert_threshold);
ALTER TABLE batch_ledger DROP COLUMN stored_on;
DROP TABLE series_deletions_done, series_deletions;
CREATE OR REPLACE VIEW staging AS
  SELECT * FROM staging_0 UNION ALL SELECT * FROM staging_1
  UNION ALL SELECT * FROM staging_2 UNION ALL SELECT * FROM staging_3;
DROP TABLE staging_slots, chunk_partitions;
DROP SEQUENCE chunk_times_ids, chunk_parts;
DROP TABLE chunk_times, chunks;
DROP INDEX series_named;
ALTER TABLE series DROP COLUMN class;
DROP TABLE retention_classes;
