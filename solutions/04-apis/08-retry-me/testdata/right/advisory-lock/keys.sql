CREATE TABLE answers (
	account  text,
	key      text,
	request  text NOT NULL,  -- SHA-256 of it, in hexadecimal digits
	response bytea NOT NULL, -- as HTTP/1.1 writes it
	PRIMARY KEY (account, key)
);
