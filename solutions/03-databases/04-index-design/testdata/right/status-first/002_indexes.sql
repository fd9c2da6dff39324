-- Right: the status is in the index of the queue too, where it is the same in every entry.
CREATE INDEX tickets_waiting ON tickets (status, team_id, priority DESC, opened_at, id) WHERE status = 'waiting';
CREATE INDEX tickets_team_minutes ON tickets (team_id, opened_at, minutes);
CREATE INDEX customers_email ON customers (lower(email) DESC);
