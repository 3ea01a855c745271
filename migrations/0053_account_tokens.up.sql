-- What letters let somebody do, once. Only the SHA-256 of a token is kept; an account has at most one
-- of each kind, so that a new letter ends the one before it.
CREATE TABLE account_tokens (
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind       text NOT NULL CHECK (kind IN ('password_reset', 'email_verification')),
  hash       text NOT NULL UNIQUE,
  email      text NOT NULL,  -- where the letter went: it proves that address and no other
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, kind)
);

-- When somebody proved to read the letters of the address; null: not yet.
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
