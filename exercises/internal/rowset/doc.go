// Package rowset compares a result set with the right one.
//
// The test works out the right rows in Go, or gets them with a query that is
// known to be right, and [Equal] compares:
//
//	want := revenueOf(orders)                // []Revenue, the test's own arithmetic
//	got, err := reports.RevenueByOrder(ctx)  // []Revenue, from the code under test
//	require.NoError(t, err)
//	rowset.Equal(t, "each order comes once with what was paid for it, the dearest first",
//		rowset.Of(want), rowset.Of(got), rowset.OrderedBy("Revenue"))
//
//	want := rowset.Query(t, db.Owner(), slow)
//	got := rowset.Query(t, pool, learner.Fast)
//	rowset.Equal(t, "the fast query gives what the slow one gives", want, got, rowset.AnyOrder)
//
// A message has the promise, what happened, and the rows that show it:
//
//	each order comes once with what was paid for it, the dearest first.
//	4 rows were promised, 4 came: 3 are right, 1 differs. Column Revenue is NULL instead of 0 in the row with OrderID 4.
//
//	          OrderID  Revenue
//	…
//	right     2        5
//	promised  4        0
//	came      4        NULL
//	                   ^^^^
//
// # Which values are equal
//
//   - NULL equals NULL alone. A nil pointer, a nil []byte and a sql.Null or
//     pgtype value that is not valid are NULL; a nil slice of another type is an
//     empty list. A key that a map does not have is not NULL, nor is a row that is a nil pointer.
//   - Numbers are equal when they are the same number, whatever their types: int32
//     and int64, 1 and 1.0, numeric 30.0 and 30.00. A float counts as the shortest
//     decimal that reads back as it. NaN equals NaN. There is no tolerance: promise
//     a rounding, or choose data whose averages are exact.
//   - Text is equal byte by byte, and equals nothing that is not text: "1" is not 1.
//   - Times are equal when they are the same instant, in whatever zone, to the
//     nanosecond; PostgreSQL keeps microseconds. A date is the instant at which it
//     begins in UTC, as pgx has it; yet where both sides come from the database, a
//     date, a timestamp and a timestamptz are three things.
//   - An interval has days of 24 hours and months of 30 days, as in PostgreSQL; a
//     time.Duration is one.
//   - Lists, maps and nested structs are compared element by element by these rules,
//     and so is JSON, by its content.
//   - Any other type with a Value method (driver.Valuer) counts as what that gives.
package rowset
