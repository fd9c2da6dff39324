-- Wrong: A column of its own, with the address in small letters, is cleaner than an index on an expression.
--checker:fails TestNothingElse/the_database_has_new_indexes_alone
--checker:fails TestNothingElse/the_rows_of_customers_stay
--checker:fails TestBudgets/CustomerByEmail
--checker:hint 4

-- The indexes of the help desk, besides those of the primary keys.

-- TeamTickets and TeamMinutes: the team, which is compared with =, then the range, which is the sort order as well.
-- The minutes need not be searched or sorted; with them TeamMinutes never visits the table.
CREATE INDEX tickets_of_a_team ON tickets (team_id, opened_at, id) INCLUDE (minutes);

-- Waiting and TeamQueue: six tickets in a hundred wait, and only these are in the index. The queue's order is mixed; an index
-- with both columns ascending has it in neither direction.
CREATE INDEX tickets_waiting ON tickets (team_id, priority DESC, opened_at, id) WHERE status = 'waiting';

-- CustomerByEmail: an index helps a condition on an expression when it is sorted by that expression.
ALTER TABLE customers ADD COLUMN lower_email text GENERATED ALWAYS AS (lower(email)) STORED;
CREATE INDEX customers_lower_email ON customers (lower_email);
