-- Rules that are PromQL expressions, evaluated every so often.

ALTER TABLE rules ADD COLUMN interval_seconds integer NOT NULL DEFAULT 15
  CHECK (interval_seconds BETWEEN 1 AND 3600);
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check
  CHECK (kind IN ('check_state', 'threshold', 'instance_silent', 'promql'));
