CREATE TABLE users (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email         text NOT NULL, -- verified; as its owner has typed it
	password_hash text NOT NULL
);
CREATE UNIQUE INDEX ON users (lower(email));

-- What somebody has asked for. It becomes a user when the mail was read.
CREATE TABLE registrations (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email         text NOT NULL,
	password_hash text NOT NULL
);

-- Mail to be sent. Its text, with the token, is made when it is.
CREATE TABLE outbox (
	id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	due_at          timestamptz NOT NULL DEFAULT now(),
	failed          boolean NOT NULL DEFAULT false,
	registration_id bigint REFERENCES registrations,
	user_id         bigint REFERENCES users, -- who has forgotten the password
	CHECK (num_nonnulls(registration_id, user_id) = 1)
);
CREATE INDEX ON outbox (due_at);

-- Links that were sent, each good for one use.
CREATE TABLE links (
	token_hash      bytea PRIMARY KEY,
	created_at      timestamptz NOT NULL DEFAULT now(),
	registration_id bigint REFERENCES registrations,
	user_id         bigint REFERENCES users, -- whose password it resets
	CHECK (num_nonnulls(registration_id, user_id) = 1)
);
CREATE INDEX ON links (user_id);

CREATE TABLE sessions (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	token_hash bytea NOT NULL UNIQUE,
	user_id    bigint NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON sessions (user_id);

-- The login of a program: all pairs of tokens that follow from it end with it.
CREATE TABLE logins (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id    bigint NOT NULL REFERENCES users,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON logins (user_id);

CREATE TABLE refresh_tokens (
	token_hash bytea PRIMARY KEY,
	login_id   bigint NOT NULL REFERENCES logins ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at    timestamptz -- the first use
);
CREATE INDEX ON refresh_tokens (login_id);

CREATE TABLE access_tokens (
	token_hash bytea PRIMARY KEY,
	login_id   bigint NOT NULL REFERENCES logins ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON access_tokens (login_id);

-- When somebody was sent a link for a new password.
CREATE TABLE forgotten (
	user_id bigint NOT NULL REFERENCES users,
	at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON forgotten (user_id, at);

-- What has happened. The program can add to it, and do nothing else.
CREATE TABLE audit_events (
	id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event text NOT NULL, -- login, login_failed, password_changed, password_reset
	email text NOT NULL, -- of the account, or as somebody has typed it
	at    timestamptz NOT NULL DEFAULT now()
);
DO $$
DECLARE
	role oid;
BEGIN
	FOR role IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE oid = 'audit_events'::regclass AND grantee <> relowner LOOP
		EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM %s', CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END);
	END LOOP;
END $$;
