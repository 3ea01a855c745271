DROP TABLE check_certificates;
