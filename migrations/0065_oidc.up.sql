-- Who signs in at the OpenID provider is known by issuer and subject: names and addresses change hands.
CREATE TABLE oidc_identities (
  issuer       text NOT NULL,
  subject      text NOT NULL,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject),
  UNIQUE (user_id, issuer)
);

-- Steps of sign-ins that were done: none is done twice. SHA-256 alone.
CREATE TABLE oidc_steps (
  hash       text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
