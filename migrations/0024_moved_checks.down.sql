DROP TRIGGER checks_moved ON checks;
DROP FUNCTION forget_locations();
