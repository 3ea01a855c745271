-- Groups of instances, one within another; until now instances had only their names.
CREATE TABLE instance_groups (
  id          uuid PRIMARY KEY,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '',
  parent_id   uuid REFERENCES instance_groups ON DELETE SET NULL,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX instance_groups_name ON instance_groups (name);
CREATE INDEX instance_groups_parent ON instance_groups (parent_id);

CREATE TABLE instance_group_members (
  instance_id uuid NOT NULL REFERENCES instances ON DELETE CASCADE,
  group_id    uuid NOT NULL REFERENCES instance_groups ON DELETE CASCADE,
  PRIMARY KEY (instance_id, group_id)
);
CREATE INDEX instance_group_members_group ON instance_group_members (group_id);

INSERT INTO instance_groups (id, name)
  SELECT gen_random_uuid(), name
  FROM (SELECT DISTINCT left(jsonb_array_elements_text(groups), 200) AS name FROM instances) n
  WHERE name <> '';
INSERT INTO instance_group_members
  SELECT i.id, g.id FROM instances i
  JOIN instance_groups g
    ON EXISTS (SELECT FROM jsonb_array_elements_text(i.groups) n WHERE left(n, 200) = g.name);
ALTER TABLE instances DROP COLUMN groups;

-- Where its agent can be reached, and what opens it: names with sealed values.
ALTER TABLE instances ADD COLUMN agent_port integer CHECK (agent_port BETWEEN 1 AND 65535),
                      ADD COLUMN credentials jsonb NOT NULL DEFAULT '{}';
