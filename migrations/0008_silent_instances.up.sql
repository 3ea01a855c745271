-- Rules on instances that fell silent.

ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check
  CHECK (kind IN ('check_state', 'threshold', 'instance_silent'));

INSERT INTO rules (id, name, kind, for_seconds, severity, annotations)
VALUES ('00000000-0000-7000-8000-000000000002', 'Instance is silent', 'instance_silent', 300,
        'critical', '{"summary": "An instance sends nothing any more"}');
