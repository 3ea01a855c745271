DROP TABLE grants;
DROP TABLE team_members;
DROP TABLE teams;
