DELETE FROM checks WHERE kind = 'script';
ALTER TABLE checks DROP CONSTRAINT checks_kind_check;
ALTER TABLE checks ADD CONSTRAINT checks_kind_check CHECK (kind IN ('http', 'tcp', 'icmp', 'tls'));
