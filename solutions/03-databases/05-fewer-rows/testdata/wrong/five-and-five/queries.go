// Wrong: ten transfers are five in each direction.
//checker:fails TestSameAnswer/last_transfers
//checker:hint 6

package fewerrows

// OrdersOfDay returns the orders that were placed on a day in UTC, in any
// order. $1: the day (date).
const OrdersOfDay = `
	SELECT id, placed_at FROM orders
	WHERE placed_at >= $1::date::timestamp AT TIME ZONE 'UTC'
	  AND placed_at < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'`

// OrderByNumber returns one order, or none. $1: its id as text, such as '4711':
// up to 18 digits, the first of which is not 0.
const OrderByNumber = `
	SELECT id, total_cents FROM orders
	WHERE id = $1::bigint`

// HasOpenOrders returns one row: whether a customer has an order with the
// status 'open'. $1: the customer's id.
const HasOpenOrders = `
	SELECT EXISTS (SELECT FROM orders WHERE customer_id = $1 AND status = 'open') AS open`

// OrdersAfter returns the 20 orders that follow on the one with these keys, in
// the order of placed_at and id; more says whether there are others after them.
// $1: placed_at, $2: id of the last order that was seen.
const OrdersAfter = `
	SELECT id, placed_at, count(*) OVER () > 20 AS more
	FROM (SELECT id, placed_at FROM orders
	      WHERE (placed_at, id) > ($1, $2)
	      ORDER BY placed_at, id
	      LIMIT 21) next
	ORDER BY placed_at, id
	LIMIT 20`

// LastTransfers returns the last ten transfers from or to an account, the
// latest first, and the higher id first where two were made at the same instant.
// $1: the account.
const LastTransfers = `
	(SELECT id, made_at, cents FROM transfers WHERE from_account = $1 ORDER BY made_at DESC, id DESC LIMIT 5)
	UNION
	(SELECT id, made_at, cents FROM transfers WHERE to_account = $1 ORDER BY made_at DESC, id DESC LIMIT 5)
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
	SELECT c.id AS customer_id, o.id, o.placed_at
	FROM customers c
	CROSS JOIN LATERAL (SELECT id, placed_at FROM orders
	                    WHERE customer_id = c.id
	                    ORDER BY placed_at DESC, id DESC
	                    LIMIT 1) o
	WHERE c.id = ANY ($1)`
