-- Right: everything the other way round; the database reads the indexes backwards.
CREATE INDEX ON tickets (team_id, opened_at DESC, id DESC, minutes);
CREATE INDEX ON tickets (team_id, priority, opened_at DESC, id DESC) WHERE status IN ('waiting');
CREATE INDEX ON customers ((lower(email)));
