-- Agents are listed by the host names of their instances.
DROP INDEX api_tokens_agents_name;
