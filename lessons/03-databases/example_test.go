// Package databases_test runs what the reading shows: each snippet of README.md is cut out of these files, and each table and
// timeline in it is what PostgreSQL answered here.
package databases_test

import (
	"context"
	_ "embed"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
	"workbook/lessons/internal/timeline"
)

//go:embed schema.sql
var schema string

func TestOneSeatIsSoldOnce(t *testing.T) {
	db := exercises.Database(t, schema)
	db.Exec(`INSERT INTO concerts (title, starts) VALUES ('Requiem', '2027-01-15 19:30+01')`)

	shop := timeline.New(t, db, "first copy of the shop", "second copy")
	look := `SELECT count(*) FROM tickets WHERE concert_id = 1 AND seat = 7`
	sell := `INSERT INTO tickets (concert_id, seat, cents) VALUES (1, 7, 4500)`
	shop.Do("first copy of the shop", look)
	shop.Do("second copy", look)
	shop.Do("first copy of the shop", sell)
	shop.Do("second copy", sell)

	exercises.Golden(t, "seat", shop.String())
}

// snippet: sell
// sell sells a seat and writes the receipt, both or neither.
func sell(ctx context.Context, pool *pgxpool.Pool, concert int64, seat int, cents int64) (ticket int64, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO tickets (concert_id, seat, cents) VALUES ($1, $2, $3) RETURNING id`,
			concert, seat, cents).Scan(&ticket)
		if err != nil {
			return fmt.Errorf("insert ticket: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO receipts (ticket_id) VALUES ($1)`, ticket); err != nil {
			return fmt.Errorf("insert receipt: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sell seat %d: %w", seat, err)
	}
	return ticket, nil
}

// end snippet

func TestSell(t *testing.T) {
	db := exercises.Database(t, schema, `CREATE TABLE receipts (ticket_id bigint PRIMARY KEY REFERENCES tickets CHECK (ticket_id < 2))`)
	db.Exec(`INSERT INTO concerts (title, starts) VALUES ('Requiem', now())`)
	pool := db.Pool()

	ticket, err := sell(t.Context(), pool, 1, 7, 4500)
	require.NoError(t, err)
	assert.EqualValues(t, 1, ticket)
	_, err = sell(t.Context(), pool, 1, 8, 4500)
	require.Error(t, err, "the second receipt is refused by its CHECK")

	var sold int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM tickets`).Scan(&sold))
	assert.Equal(t, 1, sold, "so the second ticket was not sold either")
	assert.Zero(t, pool.Stat().AcquiredConns())
}

const shop = `
	CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL);
	CREATE TABLE lines (order_id int NOT NULL REFERENCES orders, article text NOT NULL, cents int NOT NULL);
	CREATE TABLE payments (order_id int NOT NULL REFERENCES orders, cents int NOT NULL);
	INSERT INTO orders VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Linus');
	INSERT INTO lines VALUES (1, 'lamp', 20), (1, 'desk', 10), (2, 'lamp', 20);
	INSERT INTO payments VALUES (1, 15), (1, 10), (1, 5), (2, 20);`

func TestFanOut(t *testing.T) {
	db := exercises.Database(t, shop)
	both := table(t, db, `
		-- snippet: fan-out
		SELECT o.id, sum(l.cents) AS ordered, sum(p.cents) AS paid
		FROM orders o
		LEFT JOIN lines l ON l.order_id = o.id
		LEFT JOIN payments p ON p.order_id = o.id
		GROUP BY o.id
		-- end snippet
		ORDER BY o.id`)
	apart := table(t, db, `
		-- snippet: apart
		WITH ordered AS (SELECT order_id, sum(cents) AS cents FROM lines GROUP BY order_id),
		     paid AS (SELECT order_id, sum(cents) AS cents FROM payments GROUP BY order_id)
		SELECT o.id, coalesce(ordered.cents, 0) AS ordered, coalesce(paid.cents, 0) AS paid
		FROM orders o
		LEFT JOIN ordered ON ordered.order_id = o.id
		LEFT JOIN paid ON paid.order_id = o.id
		-- end snippet
		ORDER BY o.id`)
	exercises.Golden(t, "fan-out", both)
	exercises.Golden(t, "apart", apart)
}

const events = `
	CREATE TABLE events (
		id      bigint PRIMARY KEY,
		account int NOT NULL,
		at      timestamptz NOT NULL,
		kind    text NOT NULL
	);
	INSERT INTO events
	SELECT n, n % 1000, timestamptz '2026-01-01 00:00+00' + n * interval '10 minutes',
	       CASE WHEN n % 500 = 499 THEN 'refund' ELSE 'sale' END
	FROM generate_series(1, 50000) AS n;`

const page = `
	-- snippet: page
	SELECT id, at, kind FROM events
	WHERE account = 7 AND at >= '2026-03-01'
	ORDER BY at
	-- end snippet`

func TestOneIndexOrTheOther(t *testing.T) {
	var rows [][]string
	for _, index := range []string{"(no index)", "(at)", "(account)", "(at, account)", "(account, at)"} {
		db := exercises.Database(t, events)
		if index != "(no index)" {
			db.Exec(`CREATE INDEX ON events ` + index)
		}
		exercises.Settle(t, db)
		read := exercises.Examined(t, db, page)
		rows = append(rows, []string{index, fmt.Sprint(read.Rows), about(read.Pages)})
	}
	exercises.Golden(t, "index", columns(append([][]string{{"index", "rows read", "pages, about"}}, rows...)))
}

func TestSameAnswerFewerRows(t *testing.T) {
	db := exercises.Database(t, events, `CREATE INDEX ON events (at, id)`)
	exercises.Settle(t, db)
	rows := [][]string{{"query", "rows read"}}
	for _, q := range []string{
		`SELECT count(*) FROM events WHERE date_trunc('day', at) = '2026-11-01'`,
		`SELECT count(*) FROM events WHERE at >= '2026-11-01' AND at < '2026-11-02'`,
		`SELECT * FROM events ORDER BY at, id LIMIT 20 OFFSET 40000`,
		`SELECT * FROM events WHERE (at, id) > ('2026-10-05 18:40+00', 40000) ORDER BY at, id LIMIT 20`,
		`SELECT count(*) > 0 FROM events WHERE kind = 'sale'`,
		`SELECT EXISTS (SELECT FROM events WHERE kind = 'sale')`,
	} {
		rows = append(rows, []string{q, fmt.Sprint(exercises.Examined(t, db, q).Rows)})
	}
	exercises.Golden(t, "fewer-rows", columns(rows))
}

const stock = `CREATE TABLE stock (article text PRIMARY KEY, pieces int NOT NULL); INSERT INTO stock VALUES ('lamp', 10)`

func TestLostUpdate(t *testing.T) {
	db := exercises.Database(t, stock)
	tl := timeline.New(t, db, "A sells 1", "B sells 2")
	tl.Do("A sells 1", "BEGIN")
	tl.Do("B sells 2", "BEGIN")
	tl.Do("A sells 1", "SELECT pieces FROM stock")
	tl.Do("B sells 2", "SELECT pieces FROM stock")
	tl.Do("A sells 1", "UPDATE stock SET pieces = 9")
	tl.Waits("B sells 2", "UPDATE stock SET pieces = 8")
	tl.Do("A sells 1", "COMMIT")
	tl.Goes("B sells 2")
	tl.Do("B sells 2", "COMMIT")
	tl.Do("B sells 2", "SELECT pieces FROM stock")
	exercises.Golden(t, "lost-update", tl.String())
}

func TestTheDatabaseDoesTheSum(t *testing.T) {
	db := exercises.Database(t, stock)
	tl := timeline.New(t, db, "A sells 1", "B sells 2")
	tl.Do("A sells 1", "BEGIN")
	tl.Do("A sells 1", "UPDATE stock SET pieces = pieces - 1")
	tl.Waits("B sells 2", "UPDATE stock SET pieces = pieces - 2")
	tl.Do("A sells 1", "COMMIT")
	tl.Goes("B sells 2")
	tl.Do("B sells 2", "SELECT pieces FROM stock")
	exercises.Golden(t, "sum", tl.String())
}

const guards = `
	CREATE TABLE guards (name text PRIMARY KEY, on_duty bool NOT NULL);
	INSERT INTO guards VALUES ('Kim', true), ('Sam', true)`

func TestWriteSkew(t *testing.T) {
	for level, golden := range map[string]string{"REPEATABLE READ": "write-skew", "SERIALIZABLE": "serializable"} {
		db := exercises.Database(t, guards)
		tl := timeline.New(t, db, "Kim goes home", "Sam goes home")
		for _, who := range []string{"Kim goes home", "Sam goes home"} {
			tl.Do(who, "BEGIN ISOLATION LEVEL "+level)
			tl.Do(who, "SELECT count(*) FROM guards WHERE on_duty")
		}
		tl.Do("Kim goes home", "UPDATE guards SET on_duty = false WHERE name = 'Kim'")
		tl.Do("Sam goes home", "UPDATE guards SET on_duty = false WHERE name = 'Sam'")
		tl.Do("Kim goes home", "COMMIT")
		tl.Do("Sam goes home", "COMMIT")
		tl.Do("Sam goes home", "ROLLBACK")
		tl.Do("Sam goes home", "SELECT count(*) FROM guards WHERE on_duty")
		exercises.Golden(t, golden, tl.String())
	}
}

func TestLockQueue(t *testing.T) {
	db := exercises.Database(t, stock)
	tl := timeline.New(t, db, "a slow report", "the migration", "a customer")
	tl.Do("a slow report", "BEGIN")
	tl.Do("a slow report", "SELECT sum(pieces) FROM stock")
	tl.Waits("the migration", "ALTER TABLE stock ADD note text")
	tl.Waits("a customer", "SELECT pieces FROM stock")
	tl.Do("a slow report", "COMMIT")
	tl.Goes("the migration")
	tl.Goes("a customer")
	exercises.Golden(t, "lock-queue", tl.String())
}

func TestTakeTheNextJob(t *testing.T) {
	db := exercises.Database(t, `CREATE TABLE mails (id int PRIMARY KEY, sent bool NOT NULL DEFAULT false); INSERT INTO mails VALUES (1), (2)`)
	take := `
		-- snippet: skip-locked
		SELECT id FROM mails
		WHERE NOT sent
		ORDER BY id
		LIMIT 1
		FOR UPDATE SKIP LOCKED
		-- end snippet`
	ctx := t.Context()
	first, err := db.Owner().Begin(ctx)
	require.NoError(t, err)
	defer first.Rollback(context.Background()) //nolint:errcheck // ends what a failed test leaves
	var one, two int
	require.NoError(t, first.QueryRow(ctx, take).Scan(&one))
	require.NoError(t, db.Owner().QueryRow(ctx, take).Scan(&two))
	assert.Equal(t, []int{1, 2}, []int{one, two}, "two workers at once take two jobs, and neither waits")
}

func TestUpsertThatLeavesWellAlone(t *testing.T) {
	db := exercises.Database(t, `CREATE TABLE articles (number text PRIMARY KEY, title text NOT NULL, cents bigint NOT NULL)`)
	upsert := `
		-- snippet: upsert
		INSERT INTO articles (number, title, cents)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
		ON CONFLICT (number) DO UPDATE
		SET title = excluded.title, cents = excluded.cents
		WHERE (articles.title, articles.cents) IS DISTINCT FROM (excluded.title, excluded.cents)
		-- end snippet`
	send := func(cents ...int64) int64 {
		tag, err := db.Owner().Exec(t.Context(), upsert, []string{"A1", "A2"}, []string{"lamp", "desk"}, cents)
		require.NoError(t, err)
		return tag.RowsAffected()
	}
	assert.EqualValues(t, 2, send(100, 200), "both are new")
	assert.EqualValues(t, 1, send(100, 250), "only one has changed, so only one is written")
}

func TestWhatAnIndexCostsEveryUpdate(t *testing.T) {
	rows := [][]string{{"index on the counter", "updates", "of them without touching any index"}}
	for _, index := range []string{"no", "yes"} {
		db := exercises.Database(t, `
			CREATE TABLE articles (id int PRIMARY KEY, views int NOT NULL) WITH (fillfactor = 50);
			INSERT INTO articles SELECT n, 0 FROM generate_series(1, 100) AS n`)
		if index == "yes" {
			db.Exec(`CREATE INDEX ON articles (views)`)
		}
		conn, err := db.Owner().Acquire(t.Context())
		require.NoError(t, err)
		for _, sql := range []string{`UPDATE articles SET views = views + 1 WHERE id <= 50`, `SELECT pg_stat_force_next_flush()`} {
			_, err = conn.Exec(t.Context(), sql)
			require.NoError(t, err)
		}
		var updates, hot int
		err = conn.QueryRow(t.Context(), `SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'articles'`).Scan(&updates, &hot)
		require.NoError(t, err)
		conn.Release()
		rows = append(rows, []string{index, fmt.Sprint(updates), fmt.Sprint(hot)})
	}
	exercises.Golden(t, "hot", columns(rows))
}
