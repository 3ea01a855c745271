-- People that an administrator asked in. Only the SHA-256 of the letter's token is kept.
CREATE TABLE invitations (
  id         uuid PRIMARY KEY,
  email      text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  role       text NOT NULL,
  hash       text NOT NULL UNIQUE,
  invited_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX invitations_email_key ON invitations (lower(email));
