-- What lists are sorted by, searched in and filtered by. Searches are for a part of a text: trigrams.
-- Labels: whether there is one (?) besides what it is (@>).
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX instances_by_name ON instances (lower(name), id);
CREATE INDEX instances_by_hostname ON instances (lower(hostname), id);
CREATE INDEX instances_by_kind ON instances (kind, id);
CREATE INDEX instances_by_creation ON instances (created_at, id);
CREATE INDEX instances_by_change ON instances (updated_at, id);
CREATE INDEX instances_text ON instances USING gin
  (name gin_trgm_ops, hostname gin_trgm_ops, ip_address gin_trgm_ops, description gin_trgm_ops);
DROP INDEX instances_labels;
CREATE INDEX instances_labels ON instances USING gin (labels);

CREATE INDEX checks_by_name ON checks (lower(name), id);
CREATE INDEX checks_by_kind ON checks (kind, id);
CREATE INDEX checks_by_interval ON checks (interval_seconds, id);
CREATE INDEX checks_by_creation ON checks (created_at, id);
CREATE INDEX checks_by_change ON checks (updated_at, id);
CREATE INDEX checks_off ON checks (id) WHERE NOT enabled;
CREATE INDEX checks_text ON checks USING gin (name gin_trgm_ops, target gin_trgm_ops);
DROP INDEX checks_labels;
CREATE INDEX checks_labels ON checks USING gin (labels);

CREATE INDEX incidents_by_opening ON incidents (opened_at, id);
DROP INDEX incidents_opened;
CREATE INDEX incidents_by_severity ON incidents
  (array_position(ARRAY['info', 'warning', 'critical'], severity), id);
CREATE INDEX incidents_by_rule ON incidents (lower(rule_name), id);
CREATE INDEX incidents_text ON incidents USING gin
  (title gin_trgm_ops, text gin_trgm_ops, rule_name gin_trgm_ops);
DROP INDEX incidents_labels;
CREATE INDEX incidents_labels ON incidents USING gin (labels);

CREATE INDEX alert_states_by_age ON alert_states (active_since, id);
CREATE INDEX alert_states_labels ON alert_states USING gin (labels);
