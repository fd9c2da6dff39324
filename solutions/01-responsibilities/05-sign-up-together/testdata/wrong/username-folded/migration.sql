-- Wrong: usernames are like addresses: the case of letters does not count.
--checker:fails TestTable/takes_whatever_is_different
--checker:hint 5
-- The rule about the letters' case is in the index, so it holds for whoever writes.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
