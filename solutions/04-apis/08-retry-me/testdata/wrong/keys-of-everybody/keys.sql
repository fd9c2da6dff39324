-- A row is a request that was answered, or one that is being answered: that one
-- is seen by nobody else before it is complete.
CREATE TABLE idempotency_keys (
	account     text NOT NULL,
	key         text NOT NULL,
	fingerprint bytea NOT NULL, -- of the request
	status      int,
	header      jsonb,
	body        bytea,
	created_at  timestamptz NOT NULL DEFAULT now(), -- for those who clean up
	PRIMARY KEY (key)
);
