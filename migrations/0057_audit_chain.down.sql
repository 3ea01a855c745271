DROP TRIGGER audit_log_kept ON audit_log;
DROP TRIGGER audit_log_append ON audit_log;
DROP FUNCTION audit_append();
DROP TABLE audit_head;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_hash(text, audit_log);
DROP FUNCTION audit_part(text);
DROP INDEX audit_log_actor, audit_log_actor_name, audit_log_action, audit_log_object,
  audit_log_object_id, audit_log_at;
GRANT ALL ON audit_log TO CURRENT_USER;
CREATE SEQUENCE audit_log_id_seq OWNED BY audit_log.id;
SELECT setval('audit_log_id_seq', (SELECT COALESCE(max(id), 0) + 1 FROM audit_log), false);
ALTER TABLE audit_log
  ALTER COLUMN id SET DEFAULT nextval('audit_log_id_seq'),
  DROP COLUMN actor_name,
  DROP COLUMN credential;
