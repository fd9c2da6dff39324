CREATE TABLE keys (
	account     text,
	key         text,
	fingerprint bytea,
	status      int,
	header      jsonb,
	body        bytea
);
CREATE INDEX ON keys (account, key);
