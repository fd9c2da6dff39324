-- Right: as few bytes as possible. A hash index for the addresses, no ids among the team's tickets, and a queue so short that the
-- database may look through the whole index for a team.
BEGIN;
CREATE INDEX IF NOT EXISTS customers_email_hash ON customers USING hash (lower(email));
CREATE INDEX IF NOT EXISTS tickets_team_time ON public.tickets USING btree (team_id, opened_at) INCLUDE (minutes);
CREATE INDEX IF NOT EXISTS tickets_queue ON public.tickets USING btree (priority DESC, opened_at ASC, id, team_id) WHERE (status = 'waiting');
COMMIT;
