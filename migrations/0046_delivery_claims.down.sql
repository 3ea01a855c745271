DROP TABLE delivery_claims;
