CREATE SCHEMA http;

CREATE TABLE http.answers (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account  text NOT NULL,
	key      text NOT NULL,
	method   text NOT NULL,
	uri      text NOT NULL,
	sent     bytea NOT NULL,
	status   smallint NOT NULL,
	body     bytea NOT NULL,
	answered timestamptz NOT NULL DEFAULT clock_timestamp(),
	UNIQUE (account, key)
);

CREATE TABLE http.headers (
	answer bigint NOT NULL REFERENCES http.answers,
	n      int,
	name   text NOT NULL,
	value  text NOT NULL,
	PRIMARY KEY (answer, n)
);
