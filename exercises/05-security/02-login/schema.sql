-- The role of the program may read and write these tables, and make no others.

CREATE TABLE users (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email         text NOT NULL, -- as its owner has typed it
	password_hash text NOT NULL, -- made by Hasher.Hash
	disabled      boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX ON users (lower(email));

CREATE TABLE sessions (
	token_hash bytea PRIMARY KEY, -- SHA-256 of the token's text
	user_id    bigint NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- For a throttle that keeps one row for each key …
CREATE TABLE throttles (
	key text PRIMARY KEY,
	n   double precision NOT NULL,
	at  timestamptz NOT NULL DEFAULT now()
);

-- … or a row for each failure. Use either of them, as you like, or both.
CREATE TABLE failures (
	id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	key text NOT NULL,
	at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON failures (key, at);
