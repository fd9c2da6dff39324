-- Moments are timestamptz and compared with clock_timestamp(). Of tokens there are only SHA-256 sums.

CREATE TABLE accounts ( -- verified addresses alone
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email            text NOT NULL,        -- as it was registered
    email_key        text NOT NULL UNIQUE, -- in lower case
    password_hash    text NOT NULL,
    password_version bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE links (
    id            uuid PRIMARY KEY,
    token_hash    bytea NOT NULL UNIQUE,
    purpose       text NOT NULL CHECK (purpose IN ('verify', 'reset')),
    email         text NOT NULL,
    email_key     text NOT NULL,
    password_hash text, -- of the registration
    expires_at    timestamptz NOT NULL
);
CREATE INDEX ON links (email_key);

CREATE TABLE mails (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('verify', 'taken', 'reset')),
    link_id   uuid,
    attempt   integer NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON mails (due_at);

CREATE TABLE sessions (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    token_hash bytea NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON sessions (account_id);

CREATE TABLE logins (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz
);
CREATE INDEX ON logins (account_id);

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    login_id   uuid NOT NULL REFERENCES logins,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz -- first use
);

CREATE TABLE access_tokens (
    token_hash bytea PRIMARY KEY,
    login_id   uuid NOT NULL REFERENCES logins,
    expires_at timestamptz NOT NULL
);

CREATE TABLE forgot_requests (
    email_key text NOT NULL,
    sent      boolean NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON forgot_requests (email_key, at);

CREATE TABLE audit_events (
    event text NOT NULL CHECK (event IN ('login', 'login_failed', 'password_changed', 'password_reset')),
    email text NOT NULL,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM PUBLIC;
DO $$
DECLARE role name;
BEGIN
    FOR role IN
        SELECT DISTINCT r.rolname
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = 'audit_events'::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM %I', role);
    END LOOP;
END $$;
