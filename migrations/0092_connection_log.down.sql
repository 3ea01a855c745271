DELETE FROM scoped_rights WHERE relation = 'connection_log';
DROP TABLE connection_log;
