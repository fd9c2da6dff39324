ALTER TABLE users ADD CONSTRAINT email_once EXCLUDE USING btree (lower(email) WITH =);
ALTER TABLE users ADD CONSTRAINT username_once EXCLUDE USING btree (username WITH =);
