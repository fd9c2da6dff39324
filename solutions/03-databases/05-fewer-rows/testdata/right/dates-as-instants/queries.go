// Right: other ways to make the instants, and common table expressions.

package fewerrows

// OrdersOfDay returns the orders that were placed on a day in UTC, in any
// order. $1: the day (date).
const OrdersOfDay = `
	SELECT id, placed_at FROM orders
	WHERE placed_at >= timezone('UTC', $1::date::timestamp)
	  AND placed_at < timezone('UTC', $1::date::timestamp + interval '1 day')`

// OrderByNumber returns one order, or none. $1: its id as text, such as '4711':
// up to 18 digits, the first of which is not 0.
const OrderByNumber = `
	SELECT id, total_cents FROM orders
	WHERE id = $1::bigint`

// HasOpenOrders returns one row: whether a customer has an order with the
// status 'open'. $1: the customer's id.
const HasOpenOrders = `
	SELECT coalesce((SELECT true FROM orders WHERE customer_id = $1 AND status = 'open' LIMIT 1), false) AS open`

// OrdersAfter returns the 20 orders that follow on the one with these keys, in
// the order of placed_at and id; more says whether there are others after them.
// $1: placed_at, $2: id of the last order that was seen.
const OrdersAfter = `
	WITH next AS MATERIALIZED (
		SELECT id, placed_at FROM orders
		WHERE placed_at >= $1 AND (placed_at > $1 OR id > $2)
		ORDER BY placed_at, id
		FETCH FIRST 21 ROWS ONLY)
	SELECT id, placed_at, (SELECT count(*) = 21 FROM next) AS more FROM next
	ORDER BY placed_at, id
	FETCH FIRST 20 ROWS ONLY`

// LastTransfers returns the last ten transfers from or to an account, the
// latest first, and the higher id first where two were made at the same instant.
// $1: the account.
const LastTransfers = `
	WITH sent AS (SELECT * FROM transfers WHERE from_account = $1 ORDER BY made_at DESC, id DESC LIMIT 10),
	     received AS (SELECT * FROM transfers WHERE to_account = $1 AND from_account <> $1 ORDER BY made_at DESC, id DESC LIMIT 10)
	SELECT id, made_at, cents FROM (TABLE sent UNION ALL TABLE received) both_ways
	ORDER BY made_at DESC, id DESC
	LIMIT 10`

// CustomerByEmail returns the customers with an address, whatever the case of
// its letters, which are those of ASCII. $1: the address as somebody has typed it.
const CustomerByEmail = `
	SELECT id, name FROM customers
	WHERE lower(email) = lower($1)`

// LatestOrders returns the latest order of each of some customers, in any
// order: of several at the same instant the one with the highest id. $1: the
// customers' ids (bigint[]), in which one may come twice; it has one row all the
// same, and who has no order has none.
const LatestOrders = `
	SELECT customer_id, id, placed_at
	FROM (SELECT DISTINCT unnest($1::bigint[]) AS wanted) list
	JOIN LATERAL (SELECT customer_id, id, placed_at FROM orders
	              WHERE customer_id = wanted
	              ORDER BY placed_at DESC, id DESC
	              LIMIT 1) latest ON true`
