-- When a key was replaced is not stored: it is when the next one was made.
CREATE TABLE signing_keys (
	kid     text PRIMARY KEY,
	n       bigint GENERATED ALWAYS AS IDENTITY,
	pkcs8   bytea NOT NULL,
	made_at timestamptz NOT NULL
);

CREATE VIEW keys_and_ends AS
	SELECT kid, n, pkcs8, made_at, lead(made_at) OVER (ORDER BY n) AS replaced_at FROM signing_keys;

CREATE TABLE cutoffs (
	sub       text PRIMARY KEY,
	not_until timestamptz NOT NULL
);
