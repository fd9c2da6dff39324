CREATE TABLE tickets (
	id         bigint PRIMARY KEY,
	title      text NOT NULL,
	status     text NOT NULL CHECK (status IN ('open', 'waiting', 'closed')),
	priority   integer NOT NULL,
	assignee   text NOT NULL,
	created_at timestamptz NOT NULL
);

CREATE INDEX ON tickets (created_at, id);
CREATE INDEX ON tickets (priority, id);
