-- Nobody but your program changes projects; the role of the program may read and write the table.

CREATE TABLE projects (
	id      text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,40}$'),
	name    text NOT NULL CHECK (name <> ''),
	note    text,
	budget  bigint,
	labels  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),

	-- For a program that wants to count changes. Use it as you like, or not at all.
	version bigint NOT NULL DEFAULT 1
);
