// Package oncall keeps the rota of a hospital.
package oncall

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
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
	// TODO: let the doctor go, unless nobody else in the ward is on call.
	return errors.New("GoOffCall is not written yet")
}

// RetryTx runs fn in a transaction that begins with opts, and commits it. After
// SQLSTATE 40001 or 40P01 it starts again, with ten runs of fn at most.
func RetryTx(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	// TODO: begin, run fn, commit; and once more where that can help.
	return errors.New("RetryTx is not written yet")
}
