-- no transaction
-- Wrong: IF NOT EXISTS makes building an index safe to repeat.
--checker:fails TestSteps/can_be_killed_while_an_index_is_built
--checker:hint 7
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_email_key ON customers (email);
