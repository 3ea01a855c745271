-- What runs on what, what is part of what, and what depends on what. Who depends is held back
-- while what it depends on is down, as by a row of `dependencies`.
CREATE TABLE instance_relations (
  id          uuid PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('runs-on', 'part-of', 'depends-on')),
  instance_id uuid NOT NULL REFERENCES instances ON DELETE CASCADE,
  target_id   uuid NOT NULL REFERENCES instances ON DELETE CASCADE,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CHECK (instance_id <> target_id)
);
CREATE UNIQUE INDEX instance_relations_once ON instance_relations (instance_id, kind, target_id);
CREATE INDEX instance_relations_target ON instance_relations (target_id, kind);
CREATE TRIGGER instance_relations_told AFTER INSERT OR UPDATE OR DELETE ON instance_relations
  FOR EACH STATEMENT EXECUTE FUNCTION tell_rules_changed();
