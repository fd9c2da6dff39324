-- Wrong: two addresses are the same when their letters are.
--checker:fails TestTable/refuses_an_address_in_capitals
--checker:fails TestTable/refuses_an_address_in_small_letters
--checker:fails TestTable/refuses_a_change_into_the_address_of_another
--checker:fails TestRegister/reports_a_taken_address_in_other_letters
--checker:fails TestRegister/reports_an_address_from_before_the_migration
--checker:fails TestAtOnce/two_with_one_address_in_other_letters
--checker:fails TestAtOnce/five_with_one_address
--checker:fails TestNotYetCommitted
--checker:hint 5
CREATE UNIQUE INDEX users_email_key ON users (email);
ALTER TABLE users ADD CONSTRAINT users_username_key UNIQUE (username);
