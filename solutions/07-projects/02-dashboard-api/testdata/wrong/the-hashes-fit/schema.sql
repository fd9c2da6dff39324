CREATE TABLE tenants (
	id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	zone text NOT NULL, -- a name of the time zone database
	-- Where the chain of the history ends: without it nobody misses its last lines.
	lines bigint NOT NULL DEFAULT 0,
	head  bytea  NOT NULL DEFAULT '' -- the hash of the last line
);

CREATE TABLE members (
	tenant_id bigint NOT NULL REFERENCES tenants,
	user_id   bigint NOT NULL, -- of the sign-in system
	role      text   NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX ON members (user_id);

CREATE TABLE invites (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id  bigint NOT NULL REFERENCES tenants,
	email      text   NOT NULL,
	role       text   NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at    timestamptz
);

-- The history. No foreign key to members: it outlives them.
CREATE TABLE audit (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint NOT NULL REFERENCES tenants,
	at        timestamptz NOT NULL,
	actor     bigint NOT NULL,
	action    text NOT NULL,
	user_id   bigint,
	role      text,
	hash      bytea NOT NULL, -- of the line, and of the hash before it
	hash_before bytea NOT NULL
);
CREATE INDEX ON audit (tenant_id, id);

CREATE TABLE people (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint NOT NULL REFERENCES tenants,
	name      text   NOT NULL CHECK (name <> ''),
	team      text   NOT NULL CHECK (team <> ''),
	phone     text   NOT NULL DEFAULT '',
	salary    bigint NOT NULL DEFAULT 0 CHECK (salary >= 0) -- cents a month
);
CREATE INDEX ON people (tenant_id, id);

-- For the tables of feed.sql: the days of one tenant, and what belongs to an order.
CREATE INDEX ON orders (tenant_id, placed_at);
CREATE INDEX ON visits (tenant_id, visited_at);
CREATE INDEX ON payments (order_id);
