CREATE TABLE claims (
	account     text,
	key         text,
	fingerprint bytea NOT NULL,
	token       text NOT NULL, -- of the request that is at work, or was
	claimed_at  timestamptz NOT NULL DEFAULT now(),
	status      int, -- NULL until there is an answer
	header      jsonb,
	body        bytea,
	PRIMARY KEY (account, key)
);
