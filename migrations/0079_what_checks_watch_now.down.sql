DROP TABLE check_domains;
ALTER TABLE check_certificates DROP COLUMN kind, DROP COLUMN target;
