CREATE TABLE books (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	title       text NOT NULL,
	author      text NOT NULL,
	pages       integer NOT NULL,
	is_featured boolean NOT NULL,  -- stands on the front page; the publisher's editors decide
	created_at  timestamptz NOT NULL DEFAULT now()
);
