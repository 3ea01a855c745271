-- What roles may. Of the built-in ones the programs know it, so that a new permission reaches them
-- with the program that brings it; they are here for their names.
CREATE TABLE roles (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
  permissions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(permissions) = 'array'),
  built_in    boolean NOT NULL DEFAULT false,
  version     int NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO roles (name, description, built_in) VALUES
  ('admin', 'Changes everything', true),
  ('operator', 'Sees everything but accounts; deals with incidents, silences and maintenance', true),
  ('viewer', 'Sees everything but accounts', true),
  ('member', 'The own account alone', true);

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_fkey FOREIGN KEY (role) REFERENCES roles (name)
  ON UPDATE CASCADE;
CREATE INDEX users_role ON users (role);
-- Who was asked in with a role that is gone is not let in with another one.
DELETE FROM invitations WHERE role NOT IN (SELECT name FROM roles);
ALTER TABLE invitations ADD CONSTRAINT invitations_role_fkey FOREIGN KEY (role)
  REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE;
CREATE INDEX invitations_role ON invitations (role);
