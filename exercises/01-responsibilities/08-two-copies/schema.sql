-- The role of the program may read and write these tables, and make no others.

CREATE TABLE links (
	code       text PRIMARY KEY,
	url        text NOT NULL,
	hits       bigint NOT NULL DEFAULT 0,
	api_key    text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON links (api_key, created_at);

-- For a limiter that wants a row for each key. Use it as you like, or not at all.
CREATE TABLE limits (
	api_key text PRIMARY KEY,
	n       double precision NOT NULL,
	at      timestamptz NOT NULL
);
