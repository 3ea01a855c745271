DROP TABLE program_instances;
