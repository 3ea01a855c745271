DELETE FROM rules WHERE kind = 'location_silent'
  OR id IN ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000004');
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'promql'));
