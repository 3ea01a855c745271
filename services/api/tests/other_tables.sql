-- Tables of services whose migrations are not here yet, as far as api reads them.
CREATE TABLE IF NOT EXISTS report_runs (id uuid PRIMARY KEY, kind text, format text, state text, from_time timestamptz, to_time timestamptz, schedule_id uuid, created_at timestamptz, finished_at timestamptz, error text);
CREATE TABLE IF NOT EXISTS report_files (run_id uuid PRIMARY KEY, name text, content_type text, bytes bytea);
