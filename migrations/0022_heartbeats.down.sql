DROP TABLE checker_outbox;
DROP TABLE checker_inbox;
DROP TABLE heartbeats;
