// Right: locks and settings that end with their transaction, and savepoints where a statement may fail.

package pooldiscipline

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// InTx calls fn in a transaction.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, fn)
}

// Receive adds the parcels that are not known yet.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (added int, err error) {
	err = s.InTx(ctx, func(tx pgx.Tx) error {
		for _, p := range parcels {
			err := pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error {
				_, err := savepoint.Exec(ctx, `INSERT INTO parcels (code, grams) VALUES ($1, $2)`, p.Code, p.Grams)
				return err
			})
			var refused *pgconn.PgError
			if errors.As(err, &refused) && refused.ConstraintName == "parcels_code_key" {
				continue
			}
			if err != nil {
				return fmt.Errorf("parcel %q: %w", p.Code, err)
			}
			added++
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
	rows, _ := s.pool.Query(ctx, `
		SELECT code, grams FROM (
			SELECT id, code, grams, sum(grams) OVER (ORDER BY id) AS total FROM parcels WHERE van_id IS NULL
		) AS waiting WHERE total <= $1 ORDER BY id`, limit)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Parcel])
}

// Load puts waiting parcels into a van.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `SELECT id FROM parcels WHERE code = ANY ($1) AND van_id IS NULL ORDER BY id FOR UPDATE`, codes)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		if len(ids) < len(codes) {
			return fmt.Errorf("%d of %d parcels: %w", len(codes)-len(ids), len(codes), ErrNotWaiting)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO loadings (van_id, parcels) VALUES ($1, $2)`, van, len(ids)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE parcels SET van_id = $1 WHERE id = ANY ($2)`, van, ids)
		return err
	})
}

// Alone calls fn unless the same job is being done. The lock ends with the
// transaction, which may stay idle for as long as the job takes.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
			return err
		}
		var locked bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, job).Scan(&locked); err != nil {
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
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', '60000', true)`); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
			SELECT v.name AS van, coalesce(p.n, 0) AS parcels, coalesce(p.grams, 0) AS grams
			FROM vans v LEFT JOIN (SELECT van_id, count(*) AS n, sum(grams) AS grams FROM parcels GROUP BY van_id) p ON p.van_id = v.id
			ORDER BY v.id`)
		report, err = pgx.CollectRows(rows, pgx.RowToStructByName[VanLoad])
		return err
	})
	return report, err
}
