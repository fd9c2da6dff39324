// Right: one statement, which locks the ward's doctors before it counts them.

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
	tag, err := r.pool.Exec(ctx, `
		WITH locked AS MATERIALIZED (
			SELECT id FROM doctors
			WHERE ward_id = (SELECT ward_id FROM doctors WHERE id = $1) AND on_call
			ORDER BY id FOR UPDATE),
		gone AS (
			UPDATE doctors SET on_call = false
			WHERE id = $1 AND id IN (SELECT id FROM locked) AND (SELECT count(*) FROM locked) > 1
			RETURNING id, ward_id)
		INSERT INTO departures (doctor_id, ward_id) SELECT id, ward_id FROM gone`, doctor)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return r.reason(ctx, doctor)
	}
	r.mail(doctor)
	return nil
}

// reason says why a doctor could not go.
func (r *Rota) reason(ctx context.Context, doctor int64) error {
	var onCall bool
	err := r.pool.QueryRow(ctx, `SELECT on_call FROM doctors WHERE id = $1`, doctor).Scan(&onCall)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrUnknownDoctor
	case err != nil:
		return err
	case !onCall:
		return ErrNotOnCall
	}
	return ErrLastOnCall
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
