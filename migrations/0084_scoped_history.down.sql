ALTER POLICY scoped ON missed_slots USING (
  EXISTS (SELECT FROM checks AS whose WHERE whose.id = missed_slots.check_id));
DO $$
BEGIN
  IF EXISTS (SELECT FROM scoped_rights WHERE relation = 'check_schedules' AND given_to IS NOT NULL) THEN
    EXECUTE format('REVOKE ALL ON check_schedules FROM %I', session_user || '_scoped');
  END IF;
END $$;
DELETE FROM scoped_rights WHERE relation = 'check_schedules';
