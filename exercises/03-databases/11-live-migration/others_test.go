package livemigration_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	livemigration "workbook/exercises/03-databases/11-live-migration"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/lock"
)

func TestAtOnce(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]string{
		"a_second_migrator_comes_during_a_transaction":              `LOCK TABLE log IN SHARE MODE`,
		"a_second_migrator_comes_during_the_batches":                `UPDATE work SET done = done WHERE id = 1`,
		"a_second_migrator_comes_during_a_step_without_transaction": `LOCK TABLE log IN ROW EXCLUSIVE MODE`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t, logTable)
			held := lock.Hold(t, db, hold)
			meet(t, db, held, held.Release)
		})
	}

	t.Run("two_migrators_come_to_a_new_database", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		tx, err := db.Super().Begin(t.Context())
		require.NoError(t, err)
		release := func() { _ = tx.Rollback(context.Background()) }
		t.Cleanup(release)
		_, err = tx.Exec(t.Context(), `LOCK TABLE pg_class IN SHARE MODE`) // who makes a table has to wait
		require.NoError(t, err)
		meet(t, db, lock.Hold(t, db), release)
	})

	t.Run("a_second_migrator_gives_up_waiting_when_it_is_cancelled", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		held := lock.Hold(t, db, `LOCK TABLE log IN SHARE MODE`)
		first := begin(t, t.Context(), db, "migrator A", allKinds())
		held.WaitBlocked(first.Call, "migrator A")
		ctx, cancel := context.WithCancel(t.Context())
		second := begin(t, ctx, db, "migrator B", allKinds())
		second.comesToRest()

		cancel()

		require.ErrorIs(t, second.Wait("a second migrator is cancelled while it waits for the first, and returns"), context.Canceled, "A second migrator was cancelled while the first was at work.")
		held.Release()
		require.NoError(t, first.Wait("the first migrator goes on"), "A second migrator was cancelled while the first was at work. This happened to the first one.")
		requireAllKinds(t, db, "The first of two migrators has returned nil.")
	})
}

// meet calls Migrate, and a second time when the first is stuck behind what is
// held. When the second one cannot go on either, release lets them go.
func meet(t *testing.T, db *dbtest.DB, held *lock.Held, release func()) {
	t.Helper()
	first := begin(t, t.Context(), db, "migrator A", allKinds())
	held.WaitBlocked(first.Call, "migrator A")
	second := begin(t, t.Context(), db, "migrator B", allKinds())
	second.comesToRest()
	select {
	case <-second.returned:
		t.Fatalf("A migrator that returns nil says that all steps have been run. A second one came while the first was at work, and before that was done it returned: %v", second.Wait("it has returned"))
	default:
	}

	release()

	require.NoError(t, first.Wait("a migrator goes on when nothing is in its way any more"), "Two migrators are called at once, and both must return nil. This happened to the first one.")
	require.NoError(t, second.Wait("when the first migrator is done, the second one goes on"), "Two migrators are called at once, and both must return nil. This happened to the second one, which came while the first was at work.")
	requireAllKinds(t, db, "Two migrators were called at once, and both have returned nil.")
}

// migrator is a call of Migrate in the background.
type migrator struct {
	*lock.Call
	t        *testing.T
	db       *dbtest.DB
	conn     *pgx.Conn
	name     string
	returned chan struct{}
}

func begin(t *testing.T, ctx context.Context, db *dbtest.DB, name string, steps files) migrator {
	t.Helper()
	conn, returned := connect(t, db, name), make(chan struct{})
	call := lock.Go(t, func() error {
		defer close(returned)
		return livemigration.Migrate(ctx, conn, steps)
	})
	return migrator{call, t, db, conn, name, returned}
}

// comesToRest returns when a migrator cannot go on: it waits in the database,
// asks the same again and again, or has asked nothing for a second.
func (m migrator) comesToRest() {
	m.t.Helper()
	type state struct {
		Blocked bool
		Query   string
		At      time.Time
	}
	var last state
	same, since := 0, time.Now()
	waitUntil(m.t, "a second migrator waits for the first one, or is done", func() bool {
		now := dbtest.Structs[state](m.db, `
			SELECT bool_or(cardinality(pg_blocking_pids(pid)) > 0) OVER () AS blocked, query, coalesce(query_start, backend_start) AS at
			FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 ORDER BY query_start DESC NULLS LAST LIMIT 1`, m.name)
		if len(now) == 0 {
			return true // it has closed its connection
		}
		switch {
		case now[0].At.Equal(last.At):
		case now[0].Query == last.Query:
			same, since = same+1, time.Now()
		default:
			same, since = 0, time.Now()
		}
		last = now[0]
		quiet := time.Since(since)
		return last.Blocked || same == 3 || quiet > time.Second && last.Query != "" || quiet > 4*time.Second
	})
	require.NotEmpty(m.t, last.Query, "Two migrators can run on two machines, which share nothing but the database. The second one has to wait for the first, and has asked the database nothing.")
}

func TestGivesWay(t *testing.T) {
	t.Parallel()
	step := files{"010_a.sql": file(`INSERT INTO log (line) VALUES ('010'); ALTER TABLE work ADD COLUMN note text;`)}

	t.Run("a_step_waits_for_a_slow_reader", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		reader := lock.Hold(t, db, `SELECT * FROM work`)
		call := begin(t, t.Context(), db, "migrator", step)
		reader.WaitBlocked(call.Call, "migrator")

		lock.Passes(t, db, "While a step waits for a slow reader, others can read", `SELECT * FROM work`)
		lock.Passes(t, db, "While a step waits for a slow reader, others can write", `UPDATE work SET done = true WHERE id = 1`)
		call.triesTwelveTimes()

		reader.Release()
		require.NoError(t, call.Wait("when the slow reader is gone, the step is run"), "A step had to wait for a slow reader, who took a long time and is gone now. It must be run in the end.")
		assert.Equal(t, []string{"010"}, lines(db), "The step had to wait for a slow reader. It writes one line; these lines came.")
	})

	t.Run("a_batch_waits_for_a_slow_writer", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		writer := lock.Hold(t, db, `UPDATE work SET done = done WHERE id = 3`)
		call := begin(t, t.Context(), db, "migrator", files{"010_a.sql": file(inBatches)})
		writer.WaitBlocked(call.Call, "migrator")

		for _, id := range []int{1, 2, 4, 5} {
			lock.Passes(t, db, "While a batch waits for somebody who writes row 3, others can write the other rows of that batch", `UPDATE work SET done = done WHERE id = $1`, id)
		}

		writer.Release()
		require.NoError(t, call.Wait("when the slow writer is gone, the batch is run"), "A batch had to wait for a slow writer, who is gone now. It must be run in the end.")
		assert.Zero(t, dbtest.Value[int](db, `SELECT count(*) FROM work WHERE NOT done`), "A batch had to wait for a slow writer. In the end so many rows are left.")
	})

	t.Run("a_step_that_waits_stops_when_it_is_cancelled", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t, logTable)
		reader := lock.Hold(t, db, `SELECT * FROM work`)
		ctx, cancel := context.WithCancel(t.Context())
		call := begin(t, ctx, db, "migrator", step)
		reader.WaitBlocked(call.Call, "migrator")

		cancel()

		require.ErrorIs(t, call.Wait("a step waits for a slow reader, its context is cancelled, and Migrate returns"), context.Canceled, "A step waited for a slow reader when the context was cancelled.")
		reader.WaitNobody("migrator")
		requireNothingHeld(t, db, "A step that waited was cancelled.")
		assert.Empty(t, lines(db), "The step waited for a slow reader and was cancelled. What it had done must be undone.")
	})
}

// triesTwelveTimes returns when a migrator has come to wait in twelve
// transactions, has returned, or is so patient that this takes longer than 2 s.
func (m migrator) triesTwelveTimes() {
	m.t.Helper()
	tries := map[time.Time]bool{}
	for end := time.Now().Add(2 * time.Second); len(tries) < 12 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, began := range dbtest.Column[time.Time](m.db, `
			SELECT xact_start FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = $1 AND cardinality(pg_blocking_pids(pid)) > 0 AND xact_start IS NOT NULL`, m.name) {
			tries[began] = true
		}
		select {
		case <-m.returned:
			return
		default:
		}
	}
}
