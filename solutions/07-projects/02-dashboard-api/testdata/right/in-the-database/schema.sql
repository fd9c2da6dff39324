-- Right: the database knows the rules: triggers keep the last admin and write and chain the history, each role has a view of the people, and Postgres makes the JSON and the CSV.

CREATE TABLE tenants (
	id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL CHECK (name <> ''),
	zone text NOT NULL
);

CREATE TABLE members (
	tenant bigint NOT NULL REFERENCES tenants,
	"user" bigint NOT NULL,
	role   text NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	PRIMARY KEY (tenant, "user")
);

CREATE TABLE invites (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant bigint NOT NULL REFERENCES tenants,
	email  text NOT NULL CHECK (email LIKE '_%@_%'),
	role   text NOT NULL CHECK (role IN ('admin', 'finance', 'manager', 'viewer')),
	made   timestamptz NOT NULL DEFAULT now(),
	used   boolean NOT NULL DEFAULT false
);

CREATE TABLE audit (
	tenant_id bigint NOT NULL,
	id        bigint NOT NULL, -- from 1 on, in each tenant
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor     bigint NOT NULL DEFAULT current_setting('app.user')::bigint,
	action    text NOT NULL,
	user_id   bigint,
	role      text,
	seal      bytea NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE TABLE chains (
	tenant_id bigint PRIMARY KEY,
	lines     bigint NOT NULL,
	seal      bytea NOT NULL
);

CREATE FUNCTION seal_of(before bytea, line audit) RETURNS bytea LANGUAGE sql STABLE AS $$
	SELECT sha256(before || convert_to(jsonb_build_array(line.tenant_id, line.id, extract(epoch FROM line.at), line.actor, line.action, line.user_id, line.role)::text, 'UTF8'))
$$;

-- Each line takes its number and its seal from the end of the chain, which it holds until it is committed.
CREATE FUNCTION append() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE before bytea; BEGIN
	INSERT INTO chains VALUES (NEW.tenant_id, 0, '') ON CONFLICT DO NOTHING;
	UPDATE chains SET lines = lines + 1 WHERE tenant_id = NEW.tenant_id RETURNING lines, seal INTO NEW.id, before;
	NEW.seal = seal_of(before, NEW);
	UPDATE chains SET seal = NEW.seal WHERE tenant_id = NEW.tenant_id;
	RETURN NEW;
END $$;
CREATE TRIGGER append BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION append();
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the history stays as it is'; END $$;
CREATE TRIGGER keep BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION keep();

-- The number of the first line that is not as it was written.
CREATE FUNCTION broken(tenant bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
	WITH line AS (
		SELECT row_number() OVER w AS n, seal IS DISTINCT FROM seal_of(lag(seal, 1, '') OVER w, a) AS bad, seal
		FROM audit a WHERE tenant_id = tenant WINDOW w AS (ORDER BY id)
	)
	SELECT least(
		(SELECT min(n) FROM line WHERE bad),
		(SELECT n + 1 FROM (SELECT count(*) AS n FROM line) l, chains c WHERE c.tenant_id = tenant AND n < lines),
		(SELECT n FROM line, chains c WHERE c.tenant_id = tenant AND n = lines AND line.seal <> c.seal))
$$;

CREATE FUNCTION history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF TG_TABLE_NAME = 'tenants' THEN
		INSERT INTO audit (tenant_id, action) VALUES (NEW.id, 'tenant.create');
	ELSIF TG_TABLE_NAME = 'invites' THEN
		INSERT INTO audit (tenant_id, action, role) VALUES (NEW.tenant, 'invite.create', NEW.role);
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO audit (tenant_id, action, user_id) VALUES (OLD.tenant, 'member.delete', OLD."user");
	ELSIF current_setting('app.first', true) IS DISTINCT FROM 'yes' THEN -- a founder is told of by the tenant
		INSERT INTO audit (tenant_id, action, user_id, role) VALUES (NEW.tenant, CASE TG_OP WHEN 'INSERT' THEN 'member.create' ELSE 'member.update' END, NEW."user", NEW.role);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER history AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION history();
CREATE TRIGGER history AFTER INSERT ON invites FOR EACH ROW EXECUTE FUNCTION history();
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON members FOR EACH ROW EXECUTE FUNCTION history();

CREATE FUNCTION last_admin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	PERFORM FROM tenants WHERE id = OLD.tenant FOR UPDATE;
	IF NOT EXISTS (SELECT FROM members WHERE tenant = OLD.tenant AND role = 'admin') THEN
		RAISE EXCEPTION 'the last admin' USING ERRCODE = 'LA001';
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER last_admin AFTER UPDATE OR DELETE ON members FOR EACH ROW EXECUTE FUNCTION last_admin();

CREATE TABLE people (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant bigint NOT NULL REFERENCES tenants,
	name   text NOT NULL CHECK (name <> ''),
	team   text NOT NULL CHECK (team <> ''),
	phone  text NOT NULL DEFAULT '',
	salary bigint NOT NULL DEFAULT 0 CHECK (salary >= 0)
);
CREATE VIEW seen_by_admin AS SELECT tenant, id, name, team, phone, salary FROM people;
CREATE VIEW seen_by_finance AS SELECT tenant, id, name, team, salary FROM people;
CREATE VIEW seen_by_manager AS SELECT tenant, id, name, team, phone FROM people;
CREATE VIEW seen_by_viewer AS SELECT tenant, id, name, team FROM people;

CREATE INDEX ON people (tenant);
CREATE INDEX ON orders (tenant_id, placed_at);
CREATE INDEX ON visits (tenant_id, visited_at);
CREATE INDEX ON payments (order_id);
