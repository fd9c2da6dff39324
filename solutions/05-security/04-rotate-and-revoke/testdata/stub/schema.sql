-- What every copy has to know. The program's role may read and write these
-- tables, and can make no others.

CREATE TABLE signing_keys (
	kid text PRIMARY KEY
	-- TODO
);

-- TODO: what has to be known of a user?
