CREATE TABLE accounts (
	id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email    text NOT NULL,
	folded   text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE,
	password text NOT NULL
);

-- Everything that lets somebody in: kind is verify, reset, session, access or refresh.
CREATE TABLE secrets (
	id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	kind       text NOT NULL,
	hash       text NOT NULL UNIQUE,
	account    uuid REFERENCES accounts, -- none yet for verify
	email      text,                     -- verify: the account to be made
	password   text,
	family     uuid,                     -- access and refresh
	begun      timestamptz NOT NULL DEFAULT now(), -- of the family, or of this
	created    timestamptz NOT NULL DEFAULT now(),
	used       timestamptz,
	over       boolean NOT NULL DEFAULT false
);
CREATE INDEX ON secrets (account);
CREATE INDEX ON secrets (family);

CREATE TABLE outbox (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	due    timestamptz NOT NULL DEFAULT now(),
	sealed bytea NOT NULL
);

CREATE TABLE audit_events (
	event text NOT NULL,
	email text NOT NULL,
	at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE 'events are kept as they are' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION keep();

-- A session or the first refresh token of a family is a login.
CREATE FUNCTION logged_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO audit_events (event, email) SELECT 'login', email FROM accounts WHERE id = NEW.account;
	RETURN NULL;
END $$;
CREATE TRIGGER logged_in AFTER INSERT ON secrets FOR EACH ROW
	WHEN (NEW.kind = 'session' OR NEW.kind = 'refresh' AND NEW.family = NEW.id) EXECUTE FUNCTION logged_in();
