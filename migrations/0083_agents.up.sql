-- Tokens of agents, listed by themselves.
CREATE INDEX api_tokens_agents_name ON api_tokens (lower(name), id)
  WHERE revoked_at IS NULL AND instance_id IS NOT NULL;
CREATE INDEX api_tokens_agents_created_at ON api_tokens (created_at, id)
  WHERE revoked_at IS NULL AND instance_id IS NOT NULL;
CREATE INDEX api_tokens_agents_id ON api_tokens (id)
  WHERE revoked_at IS NULL AND instance_id IS NOT NULL;
CREATE INDEX api_tokens_agents_instance ON api_tokens (instance_id)
  WHERE revoked_at IS NULL AND instance_id IS NOT NULL;
