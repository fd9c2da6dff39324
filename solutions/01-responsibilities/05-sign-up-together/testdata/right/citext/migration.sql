CREATE EXTENSION IF NOT EXISTS citext;
ALTER TABLE users
	ALTER COLUMN email TYPE citext,
	ADD CONSTRAINT one_account_per_address UNIQUE (email),
	ADD CONSTRAINT one_account_per_name UNIQUE (username);
