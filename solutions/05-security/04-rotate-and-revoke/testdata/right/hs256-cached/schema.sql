CREATE TABLE signing_keys (
	kid         text PRIMARY KEY,
	secret      bytea NOT NULL,
	replaced_at timestamptz
);
CREATE UNIQUE INDEX one_in_use ON signing_keys ((1)) WHERE replaced_at IS NULL;

CREATE TABLE generations (
	username   text PRIMARY KEY,
	generation bigint NOT NULL
);
