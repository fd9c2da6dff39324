package gate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/kittest"
)

func TestProof(t *testing.T) {
	db := dbtest.New(t, schema)
	pools := [2]*pgxpool.Pool{}
	g := gate.New(t, db, "accounts")
	for i := range pools {
		pools[i] = db.Pool(dbtest.With(g))
	}
	twice := func(w withdraw) kittest.Program {
		return func(t testing.TB) {
			left, err := together(db, g, pools, w)
			switch {
			case err != nil:
				t.Errorf("two withdrawals of 10 at once must both succeed; one of them failed: %v", err)
			case left != 80:
				t.Errorf("two withdrawals of 10 at once from an account of 100 must leave 80; they left %d", left)
			}
		}
	}
	locked := func(order string) withdraw {
		return func(ctx context.Context, pool *pgxpool.Pool) error {
			return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
				return readModifyWrite(plainRead+order)(ctx, tx)
			})
		}
	}
	atomic := func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, `UPDATE accounts SET balance = balance - 10 WHERE id = 1 AND balance >= 10`)
		return err
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"reads_then_writes":     twice(inTx(pgx.ReadCommitted, readModifyWrite(plainRead))),
			"serializable_no_retry": twice(inTx(pgx.Serializable, readModifyWrite(plainRead))),
			"opposite_orders":       bothAccounts(db, g, pools, [2][2]int{{1, 2}, {2, 1}}),
			"checks_outside_of_it":  twice(checksOutside),
		},
		Right: map[string]kittest.Program{
			"locks_the_row":      twice(locked(` FOR UPDATE`)),
			"one_statement":      twice(atomic),
			"serializable_retry": twice(again("40001", inTx(pgx.Serializable, readModifyWrite(plainRead)))),
			"the_same_order":     bothAccounts(db, g, pools, [2][2]int{{1, 2}, {1, 2}}),
		},
	})
}

// checksOutside reads the balance before its transaction, and locks too late.
func checksOutside(ctx context.Context, pool *pgxpool.Pool) error {
	var balance int64
	if err := pool.QueryRow(ctx, plainRead).Scan(&balance); err != nil {
		return err
	}
	return inTx(pgx.ReadCommitted, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, plainRead+` FOR UPDATE`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = $1 WHERE id = 1`, balance-10)
		return err
	})(ctx, pool)
}

// bothAccounts runs two transactions at once that write two accounts, each in its order.
func bothAccounts(db *dbtest.DB, g *gate.Gate, pools [2]*pgxpool.Pool, orders [2][2]int) kittest.Program {
	return func(t testing.TB) {
		db.Exec(`INSERT INTO accounts VALUES (1, 100), (2, 100) ON CONFLICT DO NOTHING`)
		transfer := func(i int) func(context.Context) error {
			return func(ctx context.Context) error {
				return pgx.BeginFunc(ctx, pools[i], func(tx pgx.Tx) error {
					for _, id := range orders[i] {
						if _, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + 1 WHERE id = $1`, id); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
		if err := errors.Join(g.Run(transfer(0), transfer(1))...); err != nil {
			t.Errorf("two transfers at once must both succeed; one of them failed: %v", err)
		}
	}
}
