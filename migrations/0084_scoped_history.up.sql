-- Callers with grants alone are answered of what has a history, too: until when a location was
-- scheduled tells of no instance, and nor does what a location as a whole has missed.
INSERT INTO scoped_rights (relation, rights) VALUES ('check_schedules', 'SELECT');
ALTER POLICY scoped ON missed_slots USING (
  check_id = '00000000-0000-0000-0000-000000000000'
  OR EXISTS (SELECT FROM checks AS whose WHERE whose.id = missed_slots.check_id));
