DROP TRIGGER check_latest_turned ON check_latest;
DROP TRIGGER checks_inserted ON checks;
DROP TRIGGER checks_updated ON checks;
DROP TRIGGER checks_deleted ON checks;
DROP FUNCTION note_check_changes, note_check_state;
DROP TABLE check_changes, check_schedules;
