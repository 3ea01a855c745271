-- What somebody recognises the own sessions by.
ALTER TABLE refresh_tokens
  ADD COLUMN started_at timestamptz NOT NULL DEFAULT now(),  -- of the family
  ADD COLUMN address    text NOT NULL DEFAULT '',
  ADD COLUMN user_agent text NOT NULL DEFAULT '';
UPDATE refresh_tokens t SET started_at =
  (SELECT min(created_at) FROM refresh_tokens f WHERE f.family = t.family);
