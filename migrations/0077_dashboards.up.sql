-- What people put together to look at: a grid of widgets, each with what it shows.
CREATE TABLE dashboards (
  id              uuid PRIMARY KEY,
  name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description     text NOT NULL DEFAULT '',
  labels          jsonb NOT NULL DEFAULT '{}',
  time_from       text NOT NULL,
  time_to         text NOT NULL,
  refresh_seconds integer NOT NULL CHECK (refresh_seconds BETWEEN 0 AND 86400),
  -- As they were put, in their order.
  variables       json NOT NULL,
  widgets         json NOT NULL,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX dashboards_name ON dashboards (name);
