DELETE FROM rules WHERE kind = 'promql';
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check
  CHECK (kind IN ('check_state', 'threshold', 'instance_silent'));
ALTER TABLE rules DROP COLUMN interval_seconds;
