-- Who may what on some instances: a grant gives a person or a team the permissions of a role on the
-- instances that have all of its labels, and on what belongs to them.
CREATE TABLE teams (
  id          uuid PRIMARY KEY,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
  version     int NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX teams_name_key ON teams (lower(name));

CREATE TABLE team_members (
  team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE grants (
  id         uuid PRIMARY KEY,
  user_id    uuid REFERENCES users ON DELETE CASCADE,
  team_id    uuid REFERENCES teams ON DELETE CASCADE,
  role       text NOT NULL REFERENCES roles (name) ON UPDATE CASCADE,
  labels     jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object' AND labels <> '{}'),
  version    int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(user_id, team_id) = 1)
);
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_team ON grants (team_id);
CREATE INDEX grants_role ON grants (role);
