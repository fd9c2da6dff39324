package pooldiscipline_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var errOwn = errors.New("the function's own error")

// add inserts parcels through a transaction of InTx.
func add(ctx context.Context, tx pgx.Tx, codes ...string) error {
	for _, code := range codes {
		if _, err := tx.Exec(ctx, `INSERT INTO parcels (code, grams) VALUES ($1, 1)`, code); err != nil {
			return err
		}
	}
	return nil
}

func TestInTx(t *testing.T) {
	t.Run("commits_when_the_function_returns_nil", func(t *testing.T) {
		d := openDepot(t)
		code := d.code()

		err := d.program().do(func(ctx context.Context, s *Store) error {
			return s.InTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, code) })
		})

		require.NoError(t, err)
		require.EqualValues(t, 1, d.count(code), "parcels that the function has added")
	})

	t.Run("rolls_back_when_the_function_returns_an_error", func(t *testing.T) {
		d := openDepot(t)
		p, code := d.program(), d.code()

		err := p.do(func(ctx context.Context, s *Store) error {
			return s.InTx(ctx, func(tx pgx.Tx) error { return errors.Join(add(ctx, tx, code), errOwn) })
		})

		require.ErrorIs(t, err, errOwn, "the caller gets the error that the function has returned")
		p.returned("The function of InTx returned an error")
		require.Zero(t, d.count(code), "parcels of a function that has returned an error")
	})

	t.Run("rolls_back_when_the_caller_gives_up_in_the_function", func(t *testing.T) {
		d := openDepot(t)
		p, code := d.program(), d.code()

		err := p.do(func(ctx context.Context, s *Store) error {
			ctx, cancel := context.WithCancel(ctx)
			return s.InTx(ctx, func(tx pgx.Tx) error {
				err := add(ctx, tx, code)
				cancel()
				return errors.Join(err, errOwn)
			})
		})

		require.ErrorIs(t, err, errOwn, "the context was cancelled in the function; the caller gets the error that the function has returned")
		p.returned("The context was cancelled in the function of InTx")
		require.Zero(t, d.count(code), "parcels of a function that has returned an error")
	})

	t.Run("rolls_back_when_the_function_panics", func(t *testing.T) {
		d := openDepot(t)
		p, code := d.program(), d.code()
		var caught any

		err := p.do(func(ctx context.Context, s *Store) error {
			defer func() { caught = recover() }()
			return s.InTx(ctx, func(tx pgx.Tx) error {
				panic(errors.Join(add(ctx, tx, code), errOwn))
			})
		})

		p.returned("The function of InTx panicked; the program caught that further up, as a web server does, and goes on")
		panicked, _ := caught.(error)
		require.ErrorIsf(t, panicked, errOwn, "A panic in the function goes on to the caller. InTx returned the error %v instead.", err)
		require.Zero(t, d.count(code), "parcels of a function that has panicked")
	})

	t.Run("tells_of_a_statement_whose_error_the_function_ignored", func(t *testing.T) {
		d := openDepot(t)
		p, code, known := d.program(), d.code(), d.parcels(5)[0].Code

		err := p.do(func(ctx context.Context, s *Store) error {
			return s.InTx(ctx, func(tx pgx.Tx) error {
				err := add(ctx, tx, code)
				_ = add(ctx, tx, known) // fails: there is one already
				return err
			})
		})

		require.Zero(t, d.count(code), "one statement failed, so the database takes nothing of the transaction")
		require.ErrorIs(t, err, pgx.ErrTxCommitRollback, "nil means that everything was saved. One statement added a parcel, another one failed, the function returned nil, and the database has rolled back: the parcel is not there")
		p.returned("A statement of the function of InTx failed")
	})

	t.Run("tells_when_the_database_refuses_the_commit", func(t *testing.T) {
		d := openDepot(t)
		p, code := d.program(), d.code()
		d.Exec(`CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the depot is closed'; END $$;
			CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON parcels DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit()`)

		err := p.do(func(ctx context.Context, s *Store) error {
			return s.InTx(ctx, func(tx pgx.Tx) error { return add(ctx, tx, code) })
		})

		require.Zero(t, d.count(code), "the database has refused the commit")
		require.Error(t, err, "nil means that everything was saved. Every statement succeeded and the function returned nil; then the database refused the commit: the parcel is not there")
		p.returned("The database refused the commit")
	})
}
