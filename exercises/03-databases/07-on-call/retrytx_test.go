package oncall_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	oncall "workbook/exercises/03-databases/07-on-call"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

var errOwn = errors.New("an error of fn")

// retryTx calls RetryTx with an fn that first adds a ward and then does what it
// is told, and returns how often fn was run.
func (h *hospital) retryTx(ctx context.Context, opts pgx.TxOptions, then func(tx pgx.Tx, run int) error, instruments ...dbtest.Option) (runs int, err error) {
	h.t.Helper()
	pool, taken := h.Pool(instruments...), int32(0)
	guard.Run(h.t, func() {
		err = oncall.RetryTx(ctx, pool, opts, func(tx pgx.Tx) error {
			runs++
			taken = max(taken, pool.Stat().AcquiredConns())
			if runs > 25 { // enough is enough
				return errOwn
			}
			if _, err := tx.Exec(context.Background(), `INSERT INTO wards (name) SELECT 'of run ' || $1::int`, runs); err != nil {
				return fmt.Errorf("first statement of run %d: %w", runs, err)
			}
			return then(tx, runs)
		})
	})
	require.LessOrEqual(h.t, taken, int32(1), "RetryTx needs one connection at a time. fn was run %d times, and once found so many taken from the pool.", runs)
	return runs, err
}

// saved returns the wards that runs of fn have added.
func (h *hospital) saved() []string {
	return dbtest.Column[string](h.DB, `SELECT name FROM wards WHERE name LIKE 'of run %' ORDER BY id`)
}

// failUntil is an fn whose runs before the last fail with an SQLSTATE.
func failUntil(last int, code, message string) func(tx pgx.Tx, run int) error {
	return func(tx pgx.Tx, run int) error {
		if run >= last {
			return nil
		}
		_, err := tx.Exec(context.Background(), `SELECT fail($1, $2)`, code, message)
		return err
	}
}

// requireRun fails unless RetryTx succeeded and only what the last run did is saved.
func (h *hospital) requireRun(last, runs int, err error, what string) {
	h.t.Helper()
	require.NoError(h.t, err, "%sRun %d would have succeeded. There were %d.", what, last, runs)
	require.Equal(h.t, last, runs, "%sThis is how often fn was run; run %d succeeded.", what, last)
	require.Equal(h.t, []string{fmt.Sprintf("of run %d", last)}, h.saved(), "%sEach run of fn adds a ward. Only what the last one did may be saved.", what)
}

// impatient is a context that ends when somebody waits for its end, from a moment on: such as in a pause.
type impatient struct {
	context.Context
	cancel func()
	soon   atomic.Bool
}

func (c *impatient) Done() <-chan struct{} {
	if c.soon.Load() {
		c.cancel()
	}
	return c.Context.Done()
}

func TestRetryTx(t *testing.T) {
	t.Run("begins_each_transaction_with_the_options", func(t *testing.T) {
		h := open(t)
		options := []pgx.TxOptions{
			{},
			{IsoLevel: pgx.RepeatableRead},
			{IsoLevel: pgx.Serializable},
			{IsoLevel: pgx.Serializable, DeferrableMode: pgx.Deferrable},
			{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadOnly},
		}
		for _, opts := range seed.Shuffled(seed.New(t), options) {
			pool, got, transactions := h.Pool(), []pgx.TxOptions{}, map[int64]bool{}

			err := guard.Call(t, func() error {
				return oncall.RetryTx(t.Context(), pool, opts, func(tx pgx.Tx) error {
					var is pgx.TxOptions
					var id int64
					err := tx.QueryRow(context.Background(), `SELECT current_setting('transaction_isolation'),
						CASE current_setting('transaction_read_only') WHEN 'on' THEN 'read only' ELSE '' END,
						CASE current_setting('transaction_deferrable') WHEN 'on' THEN 'deferrable' ELSE '' END, txid_current()`).
						Scan(&is.IsoLevel, &is.AccessMode, &is.DeferrableMode, &id)
					transactions[id] = true
					if got = append(got, is); err != nil {
						return err
					}
					return failUntil(3, "40001", "again")(tx, len(got))
				})
			})

			require.NoError(t, err, "A statement failed with SQLSTATE 40001, twice. Run 3 would have succeeded. There were %d.", len(got))
			want := opts
			if want.IsoLevel == "" {
				want.IsoLevel = dbtest.Value[pgx.TxIsoLevel](h.DB, `SELECT current_setting('default_transaction_isolation')`)
			}
			require.Equal(t, []pgx.TxOptions{want, want, want}, got, "The caller gave %+v. fn was to be run three times, and looked at its transaction each time.", opts)
			require.Len(t, transactions, 3, "Each run of fn is in a new transaction. fn was run three times, and asked for the transaction's id.")
		}
	})

	runsAgainAfter := func(t *testing.T, code string) {
		h := open(t)
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(3, code, "texte traduit"))
		h.requireRun(3, runs, err, fmt.Sprintf("A statement of fn failed with SQLSTATE %s, twice. ", code))
	}
	t.Run("runs_again_after_a_serialization_failure", func(t *testing.T) { runsAgainAfter(t, "40001") })
	t.Run("runs_again_after_a_deadlock", func(t *testing.T) { runsAgainAfter(t, "40P01") })

	t.Run("runs_again_after_a_wrapped_error", func(t *testing.T) {
		h := open(t)
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx, run int) error {
			if err := failUntil(3, "40001", "could not serialize access")(tx, run); err != nil {
				return fmt.Errorf("book: %w", errors.Join(errOwn, err))
			}
			return nil
		})
		h.requireRun(3, runs, err, "A statement failed with SQLSTATE 40001, twice, and fn wrapped the error. ")
	})

	t.Run("runs_again_after_a_failed_commit", func(t *testing.T) {
		h := open(t)
		h.refuseCommits("wards", 2, "40001")
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(1, "", ""))
		h.requireRun(3, runs, err, "fn returned nil each time. The commit failed with SQLSTATE 40001, twice. ")
	})

	t.Run("runs_ten_times_at_most", func(t *testing.T) {
		h := open(t)
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(10, "40001", "could not serialize access"))
		h.requireRun(10, runs, err, "fn failed nine times with SQLSTATE 40001. ")

		runs, err = h.retryTx(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx, run int) error {
			return fmt.Errorf("%w: %w", errOwn, failUntil(run+1, "40P01", fmt.Sprintf("failure %d", run))(tx, run))
		})

		require.Equal(t, 10, runs, "fn failed each time with SQLSTATE 40P01. It may be run ten times; this is how often it was (we stop it at 26). The error: %v", err)
		require.Error(t, err, "fn failed ten times, and nothing was saved: the caller must hear of it.")
		var pgErr *pgconn.PgError
		require.ErrorAs(t, err, &pgErr, "fn failed ten times, with an SQLSTATE. errors.As must find the last of these errors.")
		require.Equal(t, "failure 10", pgErr.Message, "fn failed ten times. errors.As must find the last of these errors.")
		require.ErrorIs(t, err, errOwn, "fn wrapped its last error in one of its own. errors.Is must find that.")
		require.Equal(t, []string{"of run 10"}, h.saved(), "fn failed ten times, so nothing may be saved but what the call before that did.")
	})

	t.Run("returns_the_callers_own_error_at_once", func(t *testing.T) {
		h := open(t)
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, func(pgx.Tx, int) error { return fmt.Errorf("wrapped: %w", errOwn) })

		require.ErrorIs(t, err, errOwn, "fn has returned an error of its own.")
		require.Equal(t, 1, runs, "fn has returned an error of its own. It is run again only after SQLSTATE 40001 or 40P01; this is how often it was run.")
		require.Empty(t, h.saved(), "fn has added a ward and returned an error, so nothing may be saved.")
	})

	t.Run("returns_other_database_errors_at_once", func(t *testing.T) {
		h := open(t)
		for _, code := range []string{"23505", "40003", "55P03", "57014", "P0001"} {
			runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(9, code, "as bad as it gets"))

			var pgErr *pgconn.PgError
			require.ErrorAs(t, err, &pgErr, "A statement of fn failed with SQLSTATE %s, for which fn is not run again. It was run so often: %d. The caller must get the error.", code, runs)
			require.Equal(t, code, pgErr.Code, "the SQLSTATE of the error that RetryTx returned")
			require.Equal(t, 1, runs, "A statement failed with SQLSTATE %s. fn is run again only after 40001 or 40P01; this is how often it was run.", code)
		}
	})

	t.Run("returns_errors_that_only_sound_alike_at_once", func(t *testing.T) {
		h := open(t)
		text := "could not serialize access, or deadlock detected (SQLSTATE 40001, SQLSTATE 40P01)"
		runs, _ := h.retryTx(t.Context(), pgx.TxOptions{}, func(pgx.Tx, int) error { return errors.New(text) })
		require.Equal(t, 1, runs, "fn returned an error of its own, with the text %q. It has no SQLSTATE. This is how often fn was run.", text)

		runs, _ = h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(9, "P0001", text))
		require.Equal(t, 1, runs, "A statement failed with SQLSTATE P0001 and the text %q. This is how often fn was run.", text)
	})

	t.Run("reports_a_commit_that_is_refused", func(t *testing.T) {
		h := open(t)
		h.refuseCommits("wards", 1000, "23514")
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(1, "", ""))

		var pgErr *pgconn.PgError
		require.ErrorAs(t, err, &pgErr, "fn returned nil, and the database refused the commit with SQLSTATE 23514.")
		require.Equal(t, "23514", pgErr.Code, "the SQLSTATE with which the commit was refused")
		require.Equal(t, 1, runs, "The commit was refused with SQLSTATE 23514. fn is run again only after 40001 or 40P01; this is how often it was run.")

		_, err = h.retryTx(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx, run int) error {
			_ = failUntil(9, "23505", "a failure that fn overlooks")(tx, run)
			return nil
		})
		require.Error(t, err, "A statement of fn failed, and fn returned nil all the same. PostgreSQL rolls such a transaction back, so nothing is saved.")
	})

	t.Run("does_not_run_again_when_the_connection_breaks_in_the_commit", func(t *testing.T) {
		h, steps := open(t), fault.NewSteps(t)
		commit := 0
		_, err := h.retryTx(t.Context(), pgx.TxOptions{}, func(pgx.Tx, int) error { commit = steps.Seen() + 1; return nil }, dbtest.With(steps))
		require.NoError(t, err, "a transaction that nothing disturbs")

		steps.LoseReply(commit)
		runs, err := h.retryTx(t.Context(), pgx.TxOptions{}, failUntil(1, "", ""), dbtest.With(steps))

		require.Equal(t, 1, runs, "The connection broke in the commit; the database had done it, but could not say so. This is how often fn was run. What is saved now, with that of the call before: %q.", h.saved())
		require.Error(t, err, "The connection broke before the commit was confirmed, so nobody knows whether it was done.")
	})

	t.Run("ends_with_the_context", func(t *testing.T) {
		h := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		runs, err := h.retryTx(ctx, pgx.TxOptions{}, func(tx pgx.Tx, run int) error {
			if run == 2 {
				cancel()
			}
			return failUntil(9, "40001", "could not serialize access")(tx, run)
		})
		require.Equal(t, 2, runs, "fn fails with SQLSTATE 40001 each time. In its second run the caller gives up; this is how often it was run.")
		require.ErrorIs(t, err, context.Canceled, "fn failed with SQLSTATE 40001 while the caller gave up: the context's error is promised.")

		runs, err = h.retryTx(ctx, pgx.TxOptions{}, failUntil(1, "", ""))
		require.Zero(t, runs, "The context was cancelled before the call. This is how often fn was run.")
		require.ErrorIs(t, err, context.Canceled, "The context was cancelled before the call.")
		require.Empty(t, h.saved(), "No run of fn may have been saved.")
	})

	t.Run("ends_with_the_context_between_two_runs", func(t *testing.T) {
		h, steps := open(t), fault.NewSteps(t)
		ctx := &impatient{}
		ctx.Context, ctx.cancel = context.WithCancel(t.Context())
		defer ctx.cancel()
		runs, err := h.retryTx(ctx, pgx.TxOptions{}, func(tx pgx.Tx, run int) error {
			steps.After(2, func() { ctx.soon.Store(true) }) // the statement that fails, and the rollback
			return failUntil(9, "40001", "could not serialize access")(tx, run)
		}, dbtest.With(steps))
		require.Equal(t, 1, runs, "fn failed with SQLSTATE 40001, the transaction was rolled back, and then the caller gave up; this is how often fn was run.")
		require.ErrorIs(t, err, context.Canceled, "fn failed with SQLSTATE 40001, the transaction was rolled back, and then the caller gave up: the context's error is promised.")
	})

	t.Run("rolls_back_when_fn_panics", func(t *testing.T) {
		h := open(t)
		pool := h.Pool(dbtest.MaxConns(1))
		caught := guard.Call(t, func() (caught any) {
			defer func() { caught = recover() }()
			_ = oncall.RetryTx(t.Context(), pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
				if _, err := tx.Exec(context.Background(), `INSERT INTO wards (name) VALUES ('of run 1')`); err != nil {
					return err
				}
				panic(errOwn)
			})
			return nil
		})

		assert.Equal(t, errOwn, caught, "fn has panicked. The panic goes on to the caller, who recovered this.")
		assert.Empty(t, h.saved(), "fn has added a ward and panicked, so nothing may be saved.")
		assert.Zero(t, pool.Stat().AcquiredConns(), "fn has panicked, and the caller has recovered. Every connection goes back to the pool; these have not.")
	})
}
