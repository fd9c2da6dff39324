// Right: a connection with state of its own never goes back to the pool; it is taken out of it and closed.

package pooldiscipline

import (
	"context"
	"errors"
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

// private calls f with a connection that belongs to nobody else, ever.
func (s *Store) private(ctx context.Context, f func(conn *pgx.Conn) error) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	return f(conn)
}

// InTx calls fn in a transaction.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) (err error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	committing := false
	defer func() {
		if !committing {
			_ = tx.Rollback(context.WithoutCancel(ctx))
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	committing = true
	return tx.Commit(ctx)
}

// Receive adds the parcels that are not known yet.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (int, error) {
	var added int
	err := s.pool.QueryRow(ctx, `
		WITH given AS (SELECT DISTINCT ON (code) code, grams, n FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS g (code, grams, n) ORDER BY code, n),
		added AS (INSERT INTO parcels (code, grams) SELECT code, grams FROM given ORDER BY n ON CONFLICT (code) DO NOTHING RETURNING id)
		SELECT count(*) FROM added`, column(parcels, func(p Parcel) string { return p.Code }), column(parcels, func(p Parcel) int64 { return p.Grams })).Scan(&added)
	return added, err
}

func column[T any](parcels []Parcel, of func(Parcel) T) []T {
	all := make([]T, 0, len(parcels))
	for _, p := range parcels {
		all = append(all, of(p))
	}
	return all
}

// Pick returns the waiting parcels up to the first that would be too much.
func (s *Store) Pick(ctx context.Context, limit int64) ([]Parcel, error) {
	picked := []Parcel{}
	full := errors.New("full")
	rows, _ := s.pool.Query(ctx, `SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
	var p Parcel
	_, err := pgx.ForEachRow(rows, []any{&p.Code, &p.Grams}, func() error {
		if limit < p.Grams {
			return full
		}
		limit -= p.Grams
		picked = append(picked, p)
		return nil
	})
	if err != nil && !errors.Is(err, full) {
		return nil, err
	}
	return picked, nil
}

// Load puts waiting parcels into a van.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	var loaded int
	return s.InTx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			WITH loaded AS (UPDATE parcels SET van_id = $1 WHERE code = ANY ($2) AND van_id IS NULL RETURNING id),
			written AS (INSERT INTO loadings (van_id, parcels) SELECT $1, count(*) FROM loaded)
			SELECT count(*) FROM loaded`, van, codes).Scan(&loaded)
		if err == nil && loaded != len(codes) {
			err = ErrNotWaiting
		}
		return err
	})
}

// Alone calls fn unless the same job is being done.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	return s.private(ctx, func(conn *pgx.Conn) error {
		var locked bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, job).Scan(&locked); err != nil {
			return err
		}
		if !locked {
			return ErrBusy
		}
		return fn(ctx)
	})
}

// Report returns what is in each van.
func (s *Store) Report(ctx context.Context) (report []VanLoad, err error) {
	err = s.private(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `SET statement_timeout = '1min'`); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, `
			SELECT v.name, count(p.id), coalesce(sum(p.grams), 0)::bigint
			FROM vans v LEFT JOIN parcels p ON p.van_id = v.id GROUP BY v.id ORDER BY v.id`)
		if err != nil {
			return err
		}
		report, err = pgx.CollectRows(rows, pgx.RowToStructByPos[VanLoad])
		return err
	})
	return report, err
}
