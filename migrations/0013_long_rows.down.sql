ALTER TABLE staging_0 RESET (toast_tuple_target);
ALTER TABLE staging_1 RESET (toast_tuple_target);
ALTER TABLE staging_2 RESET (toast_tuple_target);
ALTER TABLE staging_3 RESET (toast_tuple_target);
ALTER TABLE staging_0 ALTER "values" SET COMPRESSION default;
ALTER TABLE staging_1 ALTER "values" SET COMPRESSION default;
ALTER TABLE staging_2 ALTER "values" SET COMPRESSION default;
ALTER TABLE staging_3 ALTER "values" SET COMPRESSION default;
