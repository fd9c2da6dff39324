-- Right: the queue's index has all tickets that are not closed, for queries to come, and the status beside them.
CREATE INDEX tickets_open ON tickets (team_id, priority DESC NULLS FIRST, opened_at, id) INCLUDE (status) WHERE status <> 'closed';
CREATE INDEX tickets_team ON tickets (team_id, opened_at DESC) INCLUDE (id, minutes);
CREATE INDEX customers_email ON customers (lower(email) text_pattern_ops) INCLUDE (id, name);
