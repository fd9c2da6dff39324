-- One row holds the whole ring of keys, as JSON.
CREATE TABLE signing_keys (
	id   boolean PRIMARY KEY DEFAULT true CHECK (id),
	ring jsonb NOT NULL
);
INSERT INTO signing_keys (ring) VALUES ('[]');

-- Every token that is good.
CREATE TABLE tokens (
	jti        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	username   text NOT NULL,
	expires_at timestamptz NOT NULL
);
CREATE INDEX ON tokens (username);
