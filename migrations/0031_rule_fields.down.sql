DELETE FROM rules WHERE kind IN ('recording', 'anomaly');
ALTER TABLE rules DROP CONSTRAINT rules_record_check;
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'location_silent', 'promql'));
ALTER TABLE rules
  DROP COLUMN keep_firing_for_seconds, DROP COLUMN no_data, DROP COLUMN states,
  DROP COLUMN record, DROP COLUMN group_name, DROP COLUMN parameters;
