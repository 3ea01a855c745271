DROP INDEX alert_states_by_age, alert_states_labels;
DROP INDEX incidents_by_opening, incidents_by_severity, incidents_by_rule, incidents_text, incidents_labels;
CREATE INDEX incidents_opened ON incidents (opened_at);
CREATE INDEX incidents_labels ON incidents USING gin (labels jsonb_path_ops);
DROP INDEX checks_by_name, checks_by_kind, checks_by_interval, checks_by_creation, checks_by_change, checks_off,
  checks_text, checks_labels;
CREATE INDEX checks_labels ON checks USING gin (labels jsonb_path_ops);
DROP INDEX instances_by_name, instances_by_hostname, instances_by_kind, instances_by_creation,
  instances_by_change, instances_text, instances_labels;
CREATE INDEX instances_labels ON instances USING gin (labels jsonb_path_ops);
DROP EXTENSION pg_trgm;
