DROP TABLE login_challenges, recovery_codes, totp;
