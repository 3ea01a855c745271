DELETE FROM checks WHERE kind IN (SELECT name FROM check_types);
DROP TABLE check_types;
DROP FUNCTION note_check_type();
