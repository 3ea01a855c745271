DROP TRIGGER checks_slots ON checks;
DROP FUNCTION note_slots_of_check();
ALTER TABLE checks DROP COLUMN slots_since, DROP COLUMN slots_until;
