-- Right: the statements are in a block, with comments on the indexes, and UNIQUE where nothing is refused by it, since id is unique.
SET LOCAL lock_timeout = '5s';
SET maintenance_work_mem = '64MB';
SET search_path = public, pg_temp;
DO $$
BEGIN
    EXECUTE 'CREATE UNIQUE INDEX team_time ON tickets (team_id, opened_at, id) INCLUDE (minutes) WITH (fillfactor = 95)';
    EXECUTE 'CREATE UNIQUE INDEX waiting ON tickets (team_id, priority DESC, opened_at, id) INCLUDE (status) WHERE status = ''waiting''';
    EXECUTE 'CREATE INDEX email ON customers (lower(email), id)';
END $$;
COMMENT ON INDEX waiting IS 'The queue of each team.';
ANALYZE customers, tickets;
