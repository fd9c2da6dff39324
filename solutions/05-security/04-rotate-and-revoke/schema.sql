CREATE TABLE signing_keys (
	kid         text PRIMARY KEY,
	private_key bytea NOT NULL,        -- the seed of an Ed25519 key
	signs_from  timestamptz NOT NULL,
	good_until  timestamptz            -- null: nothing has replaced it yet
);

-- A user without a row has version 0.
CREATE TABLE token_versions (
	user_id text PRIMARY KEY,
	version bigint NOT NULL
);
