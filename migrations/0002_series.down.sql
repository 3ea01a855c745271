DROP TABLE check_test_results, check_events, check_latest, instance_activity, quarantine, staging_ring;
DROP VIEW staging;
DROP TABLE staging_0, staging_1, staging_2, staging_3;
DROP SEQUENCE staging_rows;
DROP TABLE batch_ledger, layouts, series, sources;
