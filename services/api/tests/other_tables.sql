-- Tables of services whose migrations are not here yet, as far as api reads them.
CREATE TABLE IF NOT EXISTS alert_states (id uuid PRIMARY KEY, rule_id uuid, state text, labels jsonb, value float8, active_since timestamptz, incident_id uuid);
CREATE TABLE IF NOT EXISTS incidents (id uuid PRIMARY KEY, rule_id uuid, rule_name text, title text, severity text, labels jsonb, opened_at timestamptz, resolved_at timestamptz, value float8);
CREATE TABLE IF NOT EXISTS incident_events (id bigserial PRIMARY KEY, incident_id uuid, at timestamptz, kind text, text text);
CREATE TABLE IF NOT EXISTS report_runs (id uuid PRIMARY KEY, kind text, format text, state text, from_time timestamptz, to_time timestamptz, schedule_id uuid, created_at timestamptz, finished_at timestamptz, error text);
CREATE TABLE IF NOT EXISTS report_files (run_id uuid PRIMARY KEY, name text, content_type text, bytes bytea);
