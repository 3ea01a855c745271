DROP TABLE metric_metadata;
