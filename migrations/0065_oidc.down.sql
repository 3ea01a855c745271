DROP TABLE oidc_steps, oidc_identities;
