package livemigration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	livemigration "workbook/exercises/03-databases/11-live-migration"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/lock"
)

const (
	few  = 30
	many = 1500 // customers: more than anybody may lock, or touch in one transaction
)

func TestSteps(t *testing.T) {
	t.Parallel()
	t.Run("version_1_works_all_the_time", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, many)
		s.grow(expand(t), "1", livemigration.V1)
		s.requireAll(livemigration.V1, "All steps up to those with a 9 have been run while version 1 was in use.")
	})

	t.Run("version_2_works_beside_version_1", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		s.grow(expand(t), "1", livemigration.V1)
		for range 20 { // each of the old customers has a good chance to be changed by both
			require.NoError(t, s.use(livemigration.V2), "All steps up to those with a 9 have been run. Now version 2 must work beside version 1.")
			require.NoError(t, s.use(livemigration.V1), "All steps up to those with a 9 have been run. Now version 1 must work beside version 2.")
		}
		s.requireAll(livemigration.V1, "Version 1 and 2 have been used in turns.")
		s.requireAll(livemigration.V2, "Version 1 and 2 have been used in turns.")
	})

	t.Run("version_2_keeps_working_when_version_1_is_gone", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		s.grow(expand(t), "1", livemigration.V1)
		s.grow(contract(t), "2", livemigration.V2)
		require.NoError(t, s.use(livemigration.V2), "All steps have been run. Version 2 must work.")
		s.requireAll(livemigration.V2, "All steps have been run.")
		require.Equal(t, "42703", refused(s, `SELECT name FROM customers`), "All steps have been run. Nobody needs the column name any more, so a query for it must fail as for any column that is not there.")
	})

	t.Run("points_go_beyond_an_integer", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		s.quietly(expand(t)[len(expand(t))-1])
		const more = 1 << 40
		_, err := s.pool.Exec(t.Context(), livemigration.V2.Earn, s.ids[0], more)
		require.NoError(t, err, "Customers of version 2 can have more points than an integer holds.")
		c := s.known[s.ids[0]]
		c.Points += more
		s.known[s.ids[0]] = c
		s.requireAll(livemigration.V2, "One of them has earned 2^40 points.")
	})

	t.Run("the_tables_refuse_what_they_must", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		for _, phase := range []struct {
			folders []files
			column  string
		}{{expand(t), "name"}, {expand(t), "full_name"}, {contract(t), "full_name"}} {
			s.quietly(phase.folders[len(phase.folders)-1])
			for _, wrong := range []string{
				fmt.Sprintf(`INSERT INTO customers (email, %s) VALUES ('a', NULL)`, phase.column),
				`INSERT INTO customers (email) VALUES ('a')`,
				fmt.Sprintf(`INSERT INTO customers (email, %s) VALUES (NULL, 'a')`, phase.column),
				fmt.Sprintf(`UPDATE customers SET %s = NULL WHERE id = %d`, phase.column, s.ids[0]),
				fmt.Sprintf(`UPDATE customers SET points = NULL WHERE id = %d`, s.ids[0]),
			} {
				if state := refused(s, wrong); state != "23502" && state != "23514" {
					t.Errorf("A customer has an email, a name and points; a NULL is refused, as such or by a CHECK. The steps up to %s have been run, and this statement\n\n\t%s\n\nended with %s.", last(phase.folders[len(phase.folders)-1]), wrong, state)
				}
			}
			s.requireSound("The steps up to " + last(phase.folders[len(phase.folders)-1]) + " have been run.")
		}
	})

	for name, mode := range map[string]string{
		"others_pass_while_a_step_waits_for_a_slow_reader": "ACCESS SHARE",
		"others_pass_while_a_step_waits_for_a_slow_writer": "ROW EXCLUSIVE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, few)
			for _, phase := range []struct {
				folders []files
				v       livemigration.Queries
			}{{expand(t), livemigration.V1}, {contract(t), livemigration.V2}} {
				for _, folder := range phase.folders {
					s.behind(`LOCK TABLE customers IN `+mode+` MODE`, folder, func(bool) (killed bool) {
						promise := "While step " + last(folder) + " waits for somebody whose transaction has used customers, nobody may be stuck behind it"
						lock.Passes(t, s.DB, promise, phase.v.Find, s.ids[0])
						lock.Passes(t, s.DB, promise, phase.v.Earn, s.ids[0], 1)
						return false
					})
				}
			}
		})
	}

	t.Run("a_customer_whom_somebody_is_changing_is_not_left_out", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		for _, folder := range expand(t) {
			s.behind(fmt.Sprintf(`SELECT FROM customers WHERE id = %d FOR UPDATE`, s.ids[few/2]), folder, func(bool) (killed bool) { return false })
		}
		s.requireAll(livemigration.V2, "During each step somebody was changing one of the customers.")
		s.requireSound("During each step somebody was changing one of the customers.")
	})

	t.Run("who_keeps_others_out_reads_few_rows", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, many)
		for _, folder := range slices.Concat(expand(t), contract(t)) {
			keepsOut, before := false, s.rowsRead()
			s.behind(`LOCK TABLE customers IN ROW EXCLUSIVE MODE`, folder, func(inQueue bool) (killed bool) {
				keepsOut = inQueue
				return false
			})
			if keepsOut {
				require.LessOrEqual(t, s.rowsRead()-before, 1000, "A transaction that keeps others from reading or writing may read 1000 rows at most. Step %s wants such a lock; these are the rows that it has read. There are %d customers here, and a million in the real shop: so long would everybody wait.", last(folder), many)
			}
		}
	})

	t.Run("no_transaction_writes_more_than_1000_rows", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, many)
		for _, folder := range slices.Concat(expand(t), contract(t)) {
			s.quietly(folder)
			require.LessOrEqual(t, s.mostWritten(), 1000, "A transaction may write 1000 rows at most: whoever wants to write one of them must wait for its end. In step %s one transaction has written so many.", last(folder))
		}
	})

	t.Run("can_be_killed_after_each_statement", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		folders := slices.Concat(expand(t), contract(t))
		when := killed(t, s.DB, folders[len(folders)-1], notOneTransaction)
		s.requireAll(livemigration.V2, when)
		s.requireSound(when)
	})

	t.Run("can_be_killed_while_an_index_is_built", func(t *testing.T) {
		t.Parallel()
		s := openShop(t, few)
		for _, folder := range expand(t) {
			s.behind(`LOCK TABLE customers IN ROW EXCLUSIVE MODE`, folder, func(inQueue bool) (killed bool) {
				return !inQueue && fault.Kill(t, s.DB, "migrator") > 0
			})
			s.quietly(folder)
		}
		s.requireSound("Migrate was killed while it waited in the middle of a statement, as CREATE INDEX CONCURRENTLY does for a slow writer. Then it was called again, and has returned nil.")
	})
}

// behind runs the steps while a transaction holds something. As soon as they
// wait for it, f is called, which learns whether they wait for a lock on a
// table: then others queue behind them. At last the transaction ends, and the
// steps must be run, unless f has killed the migrator and says so.
func (s *shop) behind(hold string, folder files, f func(inQueue bool) (killed bool)) {
	s.t.Helper()
	held := lock.Hold(s.t, s.DB, hold)
	m := begin(s.t, s.t.Context(), s.DB, "migrator", folder)
	killed := false
	if kind := m.waitsFor(); kind != "" {
		killed = f(kind == "relation")
	}
	held.Release()
	err := m.Wait("when the transaction that was in its way has ended, the step " + last(folder) + " is run")
	if !killed {
		require.NoError(s.t, err, "Step %s met somebody else's transaction, which had done\n\n\t%s\n\nand which has ended. The step must be run in the end.", last(folder), hold)
	}
	s.leave(m.conn)
}

// waitsFor returns what kind of thing a migrator has come to wait for, or "" when it has returned.
func (m migrator) waitsFor() (kind string) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		kinds := dbtest.Column[string](m.db, `SELECT locktype FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND application_name = $1 AND NOT granted`, m.name)
		if len(kinds) > 0 {
			return kinds[0]
		}
		select {
		case <-m.returned:
			return ""
		default:
		}
	}
	return "relation" // it tries again and again, and never waits
}

// rowsRead counts the rows that all sessions which have ended have read from all tables.
func (s *shop) rowsRead() int {
	return dbtest.Value[int](s.DB, `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_user_tables`)
}

// mostWritten is the largest number of rows that were last written by one transaction.
func (s *shop) mostWritten() (most int) {
	for _, table := range dbtest.Column[string](s.DB, `SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`) {
		most = max(most, dbtest.Value[int](s.DB, `SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM `+table+` GROUP BY xmin::text) t`))
	}
	return most
}

// refused runs a statement as the owner, undoes it, and returns the SQLSTATE of its error.
func refused(s *shop, sql string) string {
	tx, err := s.Owner().Begin(context.Background())
	require.NoError(s.t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(context.Background(), sql)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	require.NoError(s.t, err)
	return "success"
}

// requireSound fails when an email can be taken twice, an index is invalid, or a constraint was never validated.
func (s *shop) requireSound(when string) {
	s.t.Helper()
	require.Empty(s.t, dbtest.Column[string](s.DB, `SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`), when+" These indexes are left, and invalid: no query can use them.")
	require.Empty(s.t, dbtest.Column[string](s.DB, `SELECT conname::text FROM pg_constraint WHERE NOT convalidated`), when+" These constraints are left that were never validated.")
	twice := fmt.Sprintf(`UPDATE customers SET email = '%s' WHERE id = %d`, s.known[s.ids[0]].Email, s.ids[1])
	require.Equal(s.t, "23505", refused(s, twice), when+" The email belongs to another customer, so this must be refused:\n\n\t"+twice)
}
