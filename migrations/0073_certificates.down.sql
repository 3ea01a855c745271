DROP INDEX checks_domains_idx;
DROP TABLE check_certificates;
