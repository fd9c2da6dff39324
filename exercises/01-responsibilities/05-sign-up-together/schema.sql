-- The table as it is in production today. It has rows.
CREATE TABLE users (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email      text NOT NULL,
	username   text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
