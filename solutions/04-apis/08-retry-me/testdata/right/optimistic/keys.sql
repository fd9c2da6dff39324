CREATE TABLE done (
	id       text PRIMARY KEY, -- account and key, as JSON
	request  bytea NOT NULL,
	response jsonb NOT NULL    -- the body in it is base64
);
