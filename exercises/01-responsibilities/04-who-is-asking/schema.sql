CREATE TABLE posts (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	author_id bigint NOT NULL,  -- the ID of a User
	text      text NOT NULL
);
