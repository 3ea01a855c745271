-- Connections as agents tell them, each once, with its end when it has one.
CREATE TABLE connection_log (
  id             uuid NOT NULL DEFAULT gen_random_uuid(),
  instance_id    uuid NOT NULL,
  cookie         bigint NOT NULL,  -- of the socket, as long as the host is up
  opened_at      timestamptz NOT NULL,
  ended_at       timestamptz,
  inbound        boolean NOT NULL,
  local_ip       inet NOT NULL,
  local_port     integer NOT NULL,
  remote_ip      inet NOT NULL,
  remote_port    integer NOT NULL,
  outcome        text NOT NULL,  -- '': it has not ended
  process        text NOT NULL,
  user_name      text NOT NULL,
  container      text NOT NULL,
  unit           text NOT NULL,
  sent_bytes     bigint NOT NULL,
  received_bytes bigint NOT NULL,
  PRIMARY KEY (instance_id, opened_at, cookie)
);
-- Read from the latest on, of one host, of one peer, or of all; and so that the oldest are found.
CREATE INDEX connection_log_id ON connection_log (opened_at, id);
CREATE INDEX connection_log_instance ON connection_log (instance_id, opened_at, id);
CREATE INDEX connection_log_remote ON connection_log (remote_ip, opened_at, id);

INSERT INTO scoped_rights (relation, rights) VALUES ('connection_log', 'SELECT');
ALTER TABLE connection_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON connection_log
  USING (EXISTS (SELECT FROM instances AS whose WHERE whose.id = connection_log.instance_id));
