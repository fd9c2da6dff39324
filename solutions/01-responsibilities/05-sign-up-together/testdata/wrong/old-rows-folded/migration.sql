-- Wrong: the migration may write the addresses that are there in small letters.
--checker:fails TestTable/keeps_the_users_that_were_there
--checker:hint 5
UPDATE users SET email = lower(email);
-- The rule about the letters' case is in the index, so it holds for whoever writes.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
ALTER TABLE users ADD CONSTRAINT users_username_key UNIQUE (username);
