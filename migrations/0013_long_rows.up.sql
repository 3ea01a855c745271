-- A report of some hundred series is a row of some kilobytes. Rows up to a page stay as they are:
-- taking them apart and packing them costs more than it saves until they are compacted, which is
-- soon. Longer ones are packed with what is fastest.
ALTER TABLE staging_0 SET (toast_tuple_target = 8160);
ALTER TABLE staging_1 SET (toast_tuple_target = 8160);
ALTER TABLE staging_2 SET (toast_tuple_target = 8160);
ALTER TABLE staging_3 SET (toast_tuple_target = 8160);
DO $$
BEGIN
  ALTER TABLE staging_0 ALTER "values" SET COMPRESSION lz4;
  ALTER TABLE staging_1 ALTER "values" SET COMPRESSION lz4;
  ALTER TABLE staging_2 ALTER "values" SET COMPRESSION lz4;
  ALTER TABLE staging_3 ALTER "values" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;  -- a PostgreSQL built without lz4
END $$;
