CREATE TABLE users (
	id   bigint PRIMARY KEY,
	name text NOT NULL UNIQUE,
	code text NOT NULL -- the one-time code that was mailed to the user
);

CREATE TABLE items (
	id          bigint PRIMARY KEY,
	title       text NOT NULL,
	owner       text NOT NULL,
	price_cents bigint NOT NULL,
	cost_cents  bigint NOT NULL -- what it has cost us: for nobody outside
);

-- Each tenant has a table here. Such a table is made when a tenant signs up:
-- id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL.
CREATE SCHEMA tenants;
