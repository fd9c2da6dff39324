CREATE TABLE signing_keys (
	n       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kid     text NOT NULL UNIQUE,
	der     bytea NOT NULL,
	made_at timestamptz NOT NULL,
	ends_at timestamptz
);

CREATE TABLE users (
	name  text PRIMARY KEY,
	epoch uuid NOT NULL
);
