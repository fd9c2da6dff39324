-- Wrong: Each column that stands behind WHERE needs an index; the database combines them.
--checker:fails TestCost/at_most_three_indexes
--checker:fails TestBudgets/Waiting
--checker:fails TestBudgets/TeamMinutes/early_in_the_year
--checker:fails TestBudgets/TeamMinutes/late_in_the_year
--checker:fails TestBudgets/TeamTickets/early_in_the_year
--checker:fails TestBudgets/TeamTickets/late_in_the_year
--checker:fails TestBudgets/TeamQueue/large_team
--checker:hint 2

-- The indexes of the help desk, besides those of the primary keys.

-- TeamTickets and TeamMinutes: the team, which is compared with =, then the range, which is the sort order as well.
-- The minutes need not be searched or sorted; with them TeamMinutes never visits the table.
CREATE INDEX ON tickets (team_id);
CREATE INDEX ON tickets (opened_at);

-- Waiting and TeamQueue: six tickets in a hundred wait, and only these are in the index. The queue's order is mixed; an index
-- with both columns ascending has it in neither direction.
CREATE INDEX ON tickets (status);

-- CustomerByEmail: an index helps a condition on an expression when it is sorted by that expression.
CREATE INDEX customers_lower_email ON customers (lower(email));
