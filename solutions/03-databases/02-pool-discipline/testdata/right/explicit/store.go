// Right: everything by hand, with a deferred rollback and a deferred release.

package pooldiscipline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What a caller can tell apart with errors.Is.
var (
	ErrNotWaiting = errors.New("parcel does not wait in the depot")
	ErrBusy       = errors.New("job is being done already")
)

// A Parcel is known by its code.
type Parcel struct {
	Code  string
	Grams int64
}

// A VanLoad is what has been loaded into one van.
type VanLoad struct {
	Van     string // its name
	Parcels int64
	Grams   int64
}

// Store keeps parcels in the tables of schema.sql.
type Store struct {
	pool *pgxpool.Pool
}

// NewStore returns a store on the given pool.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// cleanup is a context for what must be done whether or not the caller still waits.
func cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// InTx calls fn in a transaction.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Receive adds the parcels that are not known yet.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (int, error) {
	added := 0
	err := s.InTx(ctx, func(tx pgx.Tx) error {
		for _, p := range parcels {
			var id int64
			err := tx.QueryRow(ctx, `INSERT INTO parcels (code, grams) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id`, p.Code, p.Grams).Scan(&id)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
			case err != nil:
				return err
			default:
				added++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// Pick returns the waiting parcels up to the first that would be too much.
func (s *Store) Pick(ctx context.Context, limit int64) ([]Parcel, error) {
	rows, err := s.pool.Query(ctx, `SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
	if err != nil {
		return nil, err
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowToStructByName[Parcel])
	if err != nil {
		return nil, err
	}
	var sum int64
	end := slices.IndexFunc(waiting, func(p Parcel) bool { sum += p.Grams; return sum > limit })
	if end < 0 {
		return waiting, nil
	}
	return waiting[:end], nil
}

// Load puts waiting parcels into a van.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		for _, code := range codes {
			tag, err := tx.Exec(ctx, `UPDATE parcels SET van_id = $1 WHERE code = $2 AND van_id IS NULL`, van, code)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return ErrNotWaiting
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO loadings (van_id, parcels) VALUES ($1, $2)`, van, len(codes))
		return err
	})
}

// Alone calls fn unless the same job is being done.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var locked bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, job).Scan(&locked); err != nil {
		return err
	}
	if !locked {
		return ErrBusy
	}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		var unlocked bool
		err := conn.QueryRow(ctx, `SELECT pg_advisory_unlock($1)`, job).Scan(&unlocked)
		if err != nil || !unlocked {
			_ = conn.Conn().Close(ctx) // the server ends the session's locks
		}
	}()
	return fn(ctx)
}

// Report returns what is in each van.
func (s *Store) Report(ctx context.Context) (report []VanLoad, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	var limit string
	if err := conn.QueryRow(ctx, `SHOW statement_timeout`).Scan(&limit); err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		if _, e := conn.Exec(ctx, `SELECT set_config('statement_timeout', $1, false)`, limit); e != nil {
			_ = conn.Conn().Close(ctx)
		}
	}()
	if _, err := conn.Exec(ctx, `SET statement_timeout = '60s'`); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, `
		SELECT v.name, (SELECT count(*) FROM parcels p WHERE p.van_id = v.id), (SELECT coalesce(sum(grams), 0)::bigint FROM parcels p WHERE p.van_id = v.id)
		FROM vans v ORDER BY v.id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VanLoad])
}
