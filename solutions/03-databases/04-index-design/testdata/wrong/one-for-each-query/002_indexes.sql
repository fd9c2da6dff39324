-- Wrong: Each query has an index of its own, then each is as fast as it can be.
--checker:fails TestCost
--checker:hint 2

-- The indexes of the help desk, besides those of the primary keys.

-- TeamTickets and TeamMinutes: the team, which is compared with =, then the range, which is the sort order as well.
-- The minutes need not be searched or sorted; with them TeamMinutes never visits the table.
CREATE INDEX tickets_page ON tickets (team_id, opened_at DESC, id DESC);
CREATE INDEX tickets_minutes ON tickets (team_id, opened_at) INCLUDE (minutes);

-- Waiting and TeamQueue: six tickets in a hundred wait, and only these are in the index. The queue's order is mixed; an index
-- with both columns ascending has it in neither direction.
CREATE INDEX tickets_waiting ON tickets (team_id, opened_at) WHERE status = 'waiting';
CREATE INDEX tickets_queue ON tickets (team_id, priority DESC, opened_at, id) WHERE status = 'waiting';

-- CustomerByEmail: an index helps a condition on an expression when it is sorted by that expression.
CREATE INDEX customers_lower_email ON customers (lower(email));
