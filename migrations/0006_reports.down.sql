DROP TABLE report_outbox, report_files, report_runs;
