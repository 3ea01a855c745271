DROP VIEW monitron_v1.servers, monitron_v1.metrics, monitron_v1.rollups, monitron_v1.samples,
  monitron_v1.series;
DROP FUNCTION monitron_v1.decode_rollup(bigint[], bytea),
  monitron_v1.rollup_column(bytea, integer, integer), monitron_v1.given_labels(jsonb);
-- The role stays: it belongs to all databases of the server.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitron_reader') THEN
    REVOKE USAGE ON SCHEMA monitron_v1 FROM monitron_reader;
  END IF;
END $$;
