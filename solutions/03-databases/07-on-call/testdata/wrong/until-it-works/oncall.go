// Wrong: a conflict passes, so it is enough to go on until it has.
//checker:fails TestRetryTx/runs_ten_times_at_most
//checker:fails TestRetryTx/ends_with_the_context_between_two_runs
//checker:fails TestRetryTx/ends_with_the_context
//checker:hint 4

// Package oncall keeps the rota of a hospital.
package oncall

import (
	"context"
	"errors"
	"slices"
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
	err := RetryTx(ctx, r.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
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
	err := tx.QueryRow(ctx, `SELECT ward_id FROM doctors WHERE id = $1`, doctor).Scan(&ward)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrUnknownDoctor
	}
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM doctors WHERE ward_id = $1 AND on_call ORDER BY id FOR UPDATE`, ward)
	if err != nil {
		return err
	}
	onCall, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	if !slices.Contains(onCall, doctor) {
		return ErrNotOnCall
	}
	if len(onCall) == 1 {
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

// RetryTx runs fn in a transaction, until there is no conflict.
func RetryTx(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	for n := 1; ; n++ {
		err := pgx.BeginTxFunc(context.WithoutCancel(ctx), pool, opts, fn)
		if !worthAnotherTry(err) {
			return err
		}
		time.Sleep(min(time.Duration(n), 10) * time.Millisecond)
	}
}

func worthAnotherTry(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}
