CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, zone text NOT NULL, lines bigint NOT NULL DEFAULT 0);
CREATE TABLE memberships (tenant bigint REFERENCES tenants, member bigint, role text NOT NULL, PRIMARY KEY (tenant, member));
CREATE TABLE invites (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant bigint NOT NULL REFERENCES tenants,
	email  text NOT NULL,
	role   text NOT NULL,
	until  timestamptz NOT NULL DEFAULT now() + interval '7 days'
);
CREATE TABLE audit (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint NOT NULL,
	at        timestamptz NOT NULL,
	actor     bigint NOT NULL,
	action    text NOT NULL,
	user_id   bigint,
	role      text,
	hash      text NOT NULL
);
CREATE INDEX ON audit (tenant_id, id);
CREATE TABLE people (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant  bigint NOT NULL REFERENCES tenants,
	version bigint NOT NULL DEFAULT 1,
	name    text NOT NULL,
	team    text NOT NULL,
	phone   text NOT NULL,
	salary  bigint NOT NULL
);
CREATE INDEX ON people (tenant);
CREATE INDEX ON orders (tenant_id, placed_at);
CREATE INDEX ON visits (tenant_id, visited_at);
CREATE INDEX ON payments (order_id);
