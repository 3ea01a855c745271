DROP INDEX api_tokens_agents_name, api_tokens_agents_created_at, api_tokens_agents_id,
  api_tokens_agents_instance;
