CREATE TABLE projects (
	id   text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,40}$'),
	name text NOT NULL CHECK (name <> ''),
	note text NOT NULL DEFAULT ''
);
