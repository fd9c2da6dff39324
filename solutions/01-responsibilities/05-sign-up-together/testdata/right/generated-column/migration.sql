ALTER TABLE users ADD COLUMN folded_email text GENERATED ALWAYS AS (upper(email)) STORED UNIQUE;
CREATE UNIQUE INDEX users_username_key ON users (username);
