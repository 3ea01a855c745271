ALTER TABLE incidents DROP COLUMN audience;
DROP TABLE notifications;
DROP TABLE channel_tests;
DROP TABLE subscriptions;
DROP TABLE channels;
