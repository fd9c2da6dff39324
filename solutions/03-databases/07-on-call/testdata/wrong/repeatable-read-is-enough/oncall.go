// Wrong: REPEATABLE READ fails when somebody changes what was read, so trying again is all it takes.
//checker:fails TestAtOnce/the_last_two_doctors
//checker:fails TestAtOnce/the_last_five_doctors
//checker:fails TestAtOnce/the_last_two_doctors_within_one_statement
//checker:hint 2

// Package oncall keeps the rota of a hospital.
package oncall

import (
	"context"
	"errors"
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

// NewRota returns a rota on the given pool.
func NewRota(pool *pgxpool.Pool, mail func(doctor int64)) *Rota {
	return &Rota{pool: pool, mail: mail}
}

// GoOffCall takes a doctor off call, unless nobody else in the ward is on call.
func (r *Rota) GoOffCall(ctx context.Context, doctor int64) error {
	err := RetryTx(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		return leave(ctx, tx, doctor)
	})
	if err != nil {
		return err
	}
	r.mail(doctor)
	return nil
}

func leave(ctx context.Context, tx pgx.Tx, doctor int64) error {
	var ward int64
	var onCall bool
	err := tx.QueryRow(ctx, `SELECT ward_id, on_call FROM doctors WHERE id = $1`, doctor).Scan(&ward, &onCall)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrUnknownDoctor
	}
	if err != nil {
		return err
	}
	if !onCall {
		return ErrNotOnCall
	}
	var others int
	err = tx.QueryRow(ctx, `SELECT count(*) FROM doctors WHERE ward_id = $1 AND on_call AND id <> $2`, ward, doctor).Scan(&others)
	if err != nil {
		return err
	}
	if others == 0 {
		return ErrLastOnCall
	}
	return depart(ctx, tx, doctor, ward)
}

// depart writes down that the doctor has gone.
func depart(ctx context.Context, tx pgx.Tx, doctor, ward int64) error {
	tag, err := tx.Exec(ctx, `UPDATE doctors SET on_call = false WHERE id = $1 AND on_call`, doctor)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrNotOnCall
	}
	_, err = tx.Exec(ctx, `INSERT INTO departures (doctor_id, ward_id) VALUES ($1, $2)`, doctor, ward)
	return err
}

// RetryTx runs fn in a transaction, ten times at most.
func RetryTx(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	for n := 1; ; n++ {
		err := pgx.BeginTxFunc(ctx, pool, opts, fn)
		if !worthAnotherTry(err) || n == 10 {
			return err
		}
		if ended := pause(ctx, n); ended != nil {
			return ended
		}
	}
}

func worthAnotherTry(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}

func pause(ctx context.Context, n int) error {
	select {
	case <-time.After(time.Duration(n) * 2 * time.Millisecond):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
