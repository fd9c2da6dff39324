CREATE TABLE events (
	tenant text NOT NULL,
	id     bigint NOT NULL, -- in no order
	kind   text NOT NULL,   -- any text that is not empty
	at     timestamptz NOT NULL,
	PRIMARY KEY (tenant, id)
);

CREATE INDEX ON events (tenant, at, id);
CREATE INDEX ON events (tenant, kind, at, id);

-- For cursors that are kept here, if yours are.
CREATE TABLE cursors (
	token   text PRIMARY KEY,
	content text NOT NULL
);
