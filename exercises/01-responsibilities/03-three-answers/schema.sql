CREATE TABLE notes (
	id       bigint PRIMARY KEY,
	owner_id bigint NOT NULL,  -- the ID of a User
	body     text NOT NULL
);
