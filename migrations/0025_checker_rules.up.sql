-- Rules on the checkers themselves (docs/checks.md), and on locations at which nothing is checked.

ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'location_silent', 'promql'));

INSERT INTO rules (id, name, kind, expr, for_seconds, severity, annotations) VALUES
  ('00000000-0000-7000-8000-000000000003', 'Checks start late', 'promql',
   'histogram_quantile(0.99, sum by (location, le) (rate(monitron_checker_schedule_lateness_seconds_bucket[2m]))) > 1',
   300, 'warning',
   '{"summary": "One check of a hundred starts more than a second after its time"}'),
  ('00000000-0000-7000-8000-000000000004', 'Checks are missed', 'promql',
   'sum by (location, reason) (increase(monitron_checker_slots_missed_total[2m])) > 0',
   300, 'warning',
   '{"summary": "Checks were due and were not run, for some minutes on end"}'),
  ('00000000-0000-7000-8000-000000000005', 'Checks do not run', 'location_silent', '', 120, 'critical',
   '{"summary": "No check of a location has a result any more"}');
