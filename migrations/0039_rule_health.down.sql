DELETE FROM rules WHERE kind = 'rule_failing';
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'location_silent', 'promql', 'recording',
            'anomaly'));
DROP TABLE rule_evaluations;
