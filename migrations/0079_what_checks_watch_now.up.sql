-- Of which definition a certificate is: shown as long as the check watches the same. And what a
-- registry said of a domain last, which stays known while it does not answer.
ALTER TABLE check_certificates ADD COLUMN kind text NOT NULL DEFAULT '',
  ADD COLUMN target text NOT NULL DEFAULT '';
UPDATE check_certificates s SET kind = c.kind, target = c.target FROM checks c
  WHERE c.id = s.check_id;
ALTER TABLE check_certificates ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN target DROP DEFAULT;

CREATE TABLE check_domains (
  check_id     uuid NOT NULL,
  location     text NOT NULL,
  target       text NOT NULL,         -- the domain
  confirmed_at timestamptz NOT NULL,  -- the slot of the result
  detail       jsonb NOT NULL,        -- what the result says of it, names as there
  PRIMARY KEY (check_id, location),
  FOREIGN KEY (check_id, location) REFERENCES check_latest ON DELETE CASCADE
);
INSERT INTO check_domains SELECT l.check_id, l.location, c.target, l.slot, l.last_result->'detail'
  FROM check_latest l JOIN checks c ON c.id = l.check_id
  WHERE c.kind = 'domain' AND l.last_result->'detail' ? 'expires';
