-- no transaction
-- Wrong: CONCURRENTLY builds the index in full or not at all.
--checker:fails TestSteps/can_be_killed_after_each_statement
--checker:fails TestSteps/can_be_killed_while_an_index_is_built
--checker:hint 7
CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);
