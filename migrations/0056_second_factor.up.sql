-- One-time passwords by time as a second factor. It counts once it is confirmed.
CREATE TABLE totp (
  id           uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,  -- of the user
  secret       text NOT NULL CHECK (secret LIKE 'sealed:%'),
  last_step    bigint NOT NULL DEFAULT -1,  -- a code of this step or of one before it is used up
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz
);

-- Each lets in once, in the place of the application's code; SHA-256 alone.
CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES totp ON DELETE CASCADE,
  hash    text NOT NULL,
  PRIMARY KEY (user_id, hash)
);

-- Sign-ins that wait for the second factor.
CREATE TABLE login_challenges (
  hash          text PRIMARY KEY,
  user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  token_version integer NOT NULL,
  attempts      integer NOT NULL DEFAULT 0,
  expires_at    timestamptz NOT NULL
);
