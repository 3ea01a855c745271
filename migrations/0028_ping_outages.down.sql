DROP TABLE ping_outages;
