DROP TRIGGER checks_forget_parent ON checks;
DROP FUNCTION forget_parent();
DROP TABLE dependencies;
DROP TABLE maintenance_windows;
DROP FUNCTION tell_rules_changed();
