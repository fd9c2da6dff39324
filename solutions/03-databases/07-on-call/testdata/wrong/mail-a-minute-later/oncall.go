// Wrong: a mail may come a minute later, and nobody has to wait for it.
//checker:fails TestAtOnce/one_doctor_taps_twice
//checker:fails TestAtOnce/the_last_five_doctors
//checker:fails TestAtOnce/the_last_two_doctors
//checker:fails TestAtOnce/the_last_two_doctors_within_one_statement
//checker:fails TestGoOffCall/lets_a_doctor_go_and_then_mails
//checker:fails TestGoOffCall/mails_once_when_commits_fail_for_a_while
//checker:fails TestGoOffCall/returns_when_the_mail_is_out
//checker:hint 2

// Package oncall keeps the rota of a hospital.
package oncall

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What a caller of GoOffCall can tell apart with errors.Is.
var (
	ErrUnknownDoctor = errors.New("no such doctor")
	ErrNotOnCall     = errors.New("doctor is not on call")
	ErrLastOnCall    = errors.New("doctor is the last one on call")
)

// Rota keeps who is on call in the tables of schema.sql.
type Rota struct {
	pool *pgxpool.Pool
	mail func(doctor int64)
}

// NewRota returns a rota on the given pool. mail tells a doctor that they are
// off call now; what it has sent cannot be taken back.
func NewRota(pool *pgxpool.Pool, mail func(doctor int64)) *Rota {
	return &Rota{pool: pool, mail: mail}
}

// GoOffCall takes a doctor off call, writes one row of departures, and then
// mails the doctor; or it returns an error and does none of it.
func (r *Rota) GoOffCall(ctx context.Context, doctor int64) error {
	// Two doctors who leave change different rows, so only SERIALIZABLE sees
	// that each relies on what the other one changes.
	err := RetryTx(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
		return leave(ctx, tx, doctor)
	})
	if err != nil {
		return fmt.Errorf("take doctor %d off call: %w", doctor, err)
	}
	time.AfterFunc(time.Minute, func() { r.mail(doctor) })
	return nil
}

func leave(ctx context.Context, tx pgx.Tx, doctor int64) error {
	var onCall, covered bool
	err := tx.QueryRow(ctx, `
		SELECT on_call, EXISTS (SELECT FROM doctors o WHERE o.ward_id = d.ward_id AND o.id <> d.id AND o.on_call)
		FROM doctors d WHERE id = $1`, doctor).Scan(&onCall, &covered)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrUnknownDoctor
	case err != nil:
		return fmt.Errorf("look at the ward: %w", err)
	case !onCall:
		return ErrNotOnCall
	case !covered:
		return ErrLastOnCall
	}
	_, err = tx.Exec(ctx, `
		WITH gone AS (UPDATE doctors SET on_call = false WHERE id = $1 RETURNING id, ward_id)
		INSERT INTO departures (doctor_id, ward_id) SELECT id, ward_id FROM gone`, doctor)
	if err != nil {
		return fmt.Errorf("write the departure: %w", err)
	}
	return nil
}

// tries is how often RetryTx runs fn at most.
const tries = 10

// RetryTx runs fn in a transaction that begins with opts, and commits it. After
// SQLSTATE 40001 or 40P01 it starts again, with ten runs of fn at most.
func RetryTx(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	for n := 1; ; n++ {
		err := pgx.BeginTxFunc(ctx, pool, opts, fn)
		if !worthAnotherTry(err) || n == tries {
			return err
		}
		if ended := pause(ctx, n); ended != nil {
			return fmt.Errorf("%w after %d tries, the last of which failed: %w", ended, n, err)
		}
	}
}

// worthAnotherTry is true for errors with which PostgreSQL says that it has
// rolled back, and that the same transaction may succeed next time. A broken
// connection is none of them: it may have broken after the commit.
func worthAnotherTry(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}

// pause lets others go first: up to 2 ms after the first try, longer after each, 90 ms in all.
func pause(ctx context.Context, n int) error {
	select {
	case <-time.After(rand.N(time.Duration(n) * 2 * time.Millisecond)):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
