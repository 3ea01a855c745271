-- The certificate that each location of a check was shown last; written when it is another one, or
-- is judged otherwise.
CREATE TABLE check_certificates (
  id          uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  check_id    uuid NOT NULL,
  location    text NOT NULL,
  first_seen  timestamptz NOT NULL,  -- the slot of the result that brought it
  sha256      text NOT NULL,
  common_name text NOT NULL,
  names       text NOT NULL,  -- "a.example, b.example"
  issuer      text NOT NULL,
  not_after   timestamptz NOT NULL,
  problems    text NOT NULL,   -- why it is not trusted; empty: it is
  detail      jsonb NOT NULL,  -- all that the result says about it, names as there
  PRIMARY KEY (check_id, location),
  FOREIGN KEY (check_id, location) REFERENCES check_latest ON DELETE CASCADE
);
CREATE INDEX check_certificates_not_after_idx ON check_certificates (not_after, id);
CREATE INDEX check_certificates_first_seen_idx ON check_certificates (first_seen, id);
CREATE INDEX check_certificates_issuer_idx ON check_certificates (lower(issuer), id);
CREATE INDEX check_certificates_sha256_idx ON check_certificates (sha256);
CREATE INDEX checks_domains_idx ON checks (id) WHERE kind = 'domain';
