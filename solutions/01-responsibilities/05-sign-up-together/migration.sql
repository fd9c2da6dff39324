-- The rule about the letters' case is in the index, so it holds for whoever writes.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
ALTER TABLE users ADD CONSTRAINT users_username_key UNIQUE (username);
