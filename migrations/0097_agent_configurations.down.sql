DROP TABLE agent_configurations;
