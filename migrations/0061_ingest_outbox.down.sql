DROP TABLE ingest_outbox;
