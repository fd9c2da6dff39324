CREATE TABLE customers (
	id    bigint PRIMARY KEY,
	name  text NOT NULL,
	spent bigint NOT NULL -- cents
);

-- Who has done what.
CREATE TABLE audit (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	trace_id text NOT NULL,
	actor    text NOT NULL,
	action   text NOT NULL CHECK (action <> '')
);
