-- What agents are told to do otherwise than they were started with, by the labels of their hosts.
CREATE TABLE agent_configurations (
  id          uuid PRIMARY KEY,
  name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '',
  labels      jsonb NOT NULL DEFAULT '{}',  -- of hosts it is for; none: of all
  priority    integer NOT NULL DEFAULT 0,   -- of two that say the same, the higher is obeyed
  settings    jsonb NOT NULL,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_configurations_name ON agent_configurations (lower(name), id);
CREATE INDEX agent_configurations_created_at ON agent_configurations (created_at, id);
CREATE INDEX agent_configurations_updated_at ON agent_configurations (updated_at, id);
CREATE INDEX agent_configurations_priority ON agent_configurations (priority, id);
