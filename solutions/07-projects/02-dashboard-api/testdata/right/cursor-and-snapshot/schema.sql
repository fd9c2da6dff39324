-- The tables of the program, beside those of feed.sql.

CREATE TABLE tenants (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name        text   NOT NULL CHECK (name <> ''),
	zone        text   NOT NULL,
	audit_count bigint NOT NULL DEFAULT 0,          -- how many lines the history has
	audit_head  bytea  NOT NULL DEFAULT '\x'::bytea -- and the hash of the last one
);

CREATE TABLE members (
	tenant_id bigint NOT NULL REFERENCES tenants,
	user_id   bigint NOT NULL,
	role      text   NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX members_user ON members (user_id, tenant_id);

CREATE TABLE invites (
	id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id  bigint      NOT NULL REFERENCES tenants,
	email      text        NOT NULL,
	role       text        NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	used_at    timestamptz
);

CREATE TABLE audit (
	id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint      NOT NULL REFERENCES tenants,
	seq       bigint      NOT NULL, -- the line's number in its tenant, from 1
	at        timestamptz NOT NULL,
	actor     bigint      NOT NULL,
	action    text        NOT NULL,
	user_id   bigint,
	role      text,
	hash      bytea       NOT NULL  -- of the line and of the hash before it
);
CREATE INDEX audit_tenant ON audit (tenant_id, id);

CREATE TABLE people (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint NOT NULL REFERENCES tenants,
	name      text   COLLATE "C" NOT NULL CHECK (name <> ''),
	team      text   COLLATE "C" NOT NULL CHECK (team <> ''),
	phone     text   COLLATE "C" NOT NULL DEFAULT '',
	salary    bigint NOT NULL DEFAULT 0
);
CREATE INDEX people_tenant ON people (tenant_id, id);

CREATE INDEX orders_tenant_placed ON orders (tenant_id, placed_at);
CREATE INDEX orders_tenant_id     ON orders (tenant_id, id);
CREATE INDEX payments_order       ON payments (order_id);
CREATE INDEX visits_tenant_moment ON visits (tenant_id, visited_at) INCLUDE (customer_id);
