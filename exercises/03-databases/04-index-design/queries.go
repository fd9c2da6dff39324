// Package indexdesign has the queries of a help desk. This file stays as it is;
// the indexes that help the queries are in 002_indexes.sql.
package indexdesign

// TeamTickets returns the latest tickets of a team in a period.
// $1: the team (int), $2: the start (timestamptz), $3: the end, which is not a part of it.
const TeamTickets = `
	SELECT id, opened_at, subject FROM tickets
	WHERE team_id = $1 AND opened_at >= $2 AND opened_at < $3
	ORDER BY opened_at DESC, id DESC
	LIMIT 20`

// TeamMinutes returns what a team has worked on its tickets of a period, for the invoice.
// $1: the team (int), $2: the start (timestamptz), $3: the end, which is not a part of it.
const TeamMinutes = `
	SELECT opened_at, minutes FROM tickets
	WHERE team_id = $1 AND opened_at >= $2 AND opened_at < $3
	ORDER BY opened_at`

// Waiting returns how many tickets wait in each team, and since when.
const Waiting = `
	SELECT team_id, count(*) AS tickets, min(opened_at) AS since FROM tickets
	WHERE status = 'waiting'
	GROUP BY team_id`

// TeamQueue returns the tickets that a team has to answer next: the most urgent
// ones, and of these the oldest.
// $1: the team (int).
const TeamQueue = `
	SELECT id, priority, opened_at, subject FROM tickets
	WHERE team_id = $1 AND status = 'waiting'
	ORDER BY priority DESC, opened_at, id
	LIMIT 10`

// CustomerByEmail returns the customers with an address, whatever the case of its letters.
// $1: the address as somebody has typed it.
const CustomerByEmail = `
	SELECT id, name FROM customers
	WHERE lower(email) = lower($1)`
