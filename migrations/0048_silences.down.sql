DROP TABLE known_silences;
DROP TABLE alertmanager_peers;
DROP TABLE silences;
