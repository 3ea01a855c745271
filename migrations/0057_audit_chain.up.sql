-- The audit trail proves itself. Each row carries the SHA-256 of the row before and of its own content,
-- time and number included; the database makes it, so that no program can forget to. Rows are only
-- ever added. Who owns the table could take the triggers away, and a superuser could: what they then
-- change is found by GET /api/v1/audit/verification.

ALTER TABLE audit_log
  ADD COLUMN actor_name text NOT NULL DEFAULT '',  -- as it was then: e-mail address, name of a token
  ADD COLUMN credential text NOT NULL DEFAULT '';  -- id of the token or of the session

UPDATE audit_log a SET actor_name = u.email
FROM users u WHERE a.actor_kind = 'user' AND u.id::text = a.actor_id;
UPDATE audit_log a SET actor_name = t.name, credential = a.actor_id
FROM api_tokens t WHERE a.actor_kind = 'token' AND t.id::text = a.actor_id;

-- The end of the chain: one row. Locking it lets those who append pass one by one.
CREATE TABLE audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  id   bigint NOT NULL,
  hash text NOT NULL
);

CREATE FUNCTION audit_part(part text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT octet_length(convert_to(part, 'UTF8')) || ':' || part $$;

-- The form is documented in docs/audit.md; libs/store/audit.cpp computes the same from the rows.
CREATE FUNCTION audit_hash(previous text, entry audit_log) RETURNS text LANGUAGE sql STABLE AS
$$
  SELECT encode(sha256(convert_to(
    previous || audit_part(entry.id::text)
    || audit_part((extract(epoch FROM entry.at) * 1000000)::bigint::text)
    || audit_part(entry.actor_kind) || audit_part(entry.actor_id) || audit_part(entry.actor_name)
    || audit_part(entry.credential) || audit_part(entry.action) || audit_part(entry.object)
    || audit_part(entry.object_id) || audit_part(entry.change::text) || audit_part(entry.peer)
    || audit_part(entry.request_id), 'UTF8')), 'hex')
$$;

DO $$
DECLARE
  entry    audit_log;
  previous text := '';
  last     bigint := 0;
BEGIN
  FOR entry IN SELECT * FROM audit_log ORDER BY id LOOP
    previous := audit_hash(previous, entry);
    last := entry.id;
    UPDATE audit_log SET hash = previous WHERE id = last;
  END LOOP;
  INSERT INTO audit_head (id, hash) VALUES (last, previous);
END $$;

ALTER TABLE audit_log ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE audit_log_id_seq;

-- The number is given here, behind the lock: the order of numbers is that of the chain. An append by a
-- transaction with an older snapshot fails instead of making a fork.
CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  head audit_head;
BEGIN
  SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
  NEW.id := head.id + 1;
  NEW.at := clock_timestamp();
  NEW.hash := audit_hash(head.hash, NEW);
  UPDATE audit_head SET id = NEW.id, hash = NEW.hash;
  RETURN NEW;
END $$;

CREATE TRIGGER audit_log_append BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_append();

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  -- The one change there is: the trigger above moves the head.
  IF TG_TABLE_NAME = 'audit_head' AND TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
-- Also where session_replication_role passes ordinary triggers by.
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_kept;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_kept;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM PUBLIC, CURRENT_USER;

-- Each filter of the list, newest first.
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_actor_name ON audit_log (lower(actor_name), id);
CREATE INDEX audit_log_action ON audit_log (action, id);
CREATE INDEX audit_log_object ON audit_log (object, id);
CREATE INDEX audit_log_object_id ON audit_log (object_id, id);
CREATE INDEX audit_log_at ON audit_log (at);
