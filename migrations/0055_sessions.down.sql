ALTER TABLE refresh_tokens DROP COLUMN started_at, DROP COLUMN address, DROP COLUMN user_agent;
