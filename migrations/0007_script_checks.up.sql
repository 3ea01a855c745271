-- Checks by scripts.

ALTER TABLE checks DROP CONSTRAINT checks_kind_check;
ALTER TABLE checks ADD CONSTRAINT checks_kind_check
  CHECK (kind IN ('http', 'tcp', 'icmp', 'tls', 'script'));
