CREATE INDEX api_tokens_agents_name ON api_tokens (lower(name), id)
  WHERE revoked_at IS NULL AND instance_id IS NOT NULL;
