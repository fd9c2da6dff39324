// Wrong: a lock that the end of the transaction takes away needs no unlock, so nothing can be forgotten.
//checker:fails TestAlone/keeps_other_copies_of_the_program_out
//checker:fails TestAlone/keeps_the_same_program_out
//checker:fails TestAlone/keeps_others_out_for_as_long_as_it_takes
//checker:hint 8

package pooldiscipline

import (
	"context"
	"errors"
	"fmt"
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

// InTx calls fn in a transaction. It commits when fn returns nil, and rolls back
// when fn returns an error or panics.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	if err := pgx.BeginFunc(ctx, s.pool, fn); err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	return nil
}

// Receive adds the parcels that are not known yet, in their order, and returns
// how many those were. It adds all of them or none.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (int, error) {
	codes, grams := make([]string, len(parcels)), make([]int64, len(parcels))
	for i, p := range parcels {
		codes[i], grams[i] = p.Code, p.Grams
	}
	tag, err := s.pool.Exec(ctx, `
		INSERT INTO parcels (code, grams)
		SELECT code, grams FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS p (code, grams, n) ORDER BY n
		ON CONFLICT (code) DO NOTHING`, codes, grams)
	if err != nil {
		return 0, fmt.Errorf("receive parcels: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// Pick returns the waiting parcels in the order of their arrival, up to the
// first that would make them heavier than limit.
func (s *Store) Pick(ctx context.Context, limit int64) ([]Parcel, error) {
	rows, err := s.pool.Query(ctx, `SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("pick parcels: %w", err)
	}
	defer rows.Close()
	var picked []Parcel
	for rows.Next() {
		var p Parcel
		if err := rows.Scan(&p.Code, &p.Grams); err != nil {
			return nil, fmt.Errorf("pick parcels: %w", err)
		}
		if p.Grams > limit {
			return picked, nil
		}
		limit -= p.Grams
		picked = append(picked, p)
	}
	// The rows may also have ended because the connection broke.
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("pick parcels: %w", err)
	}
	return picked, nil
}

// Load puts waiting parcels into a van and writes one row of loadings, or it
// returns an error and changes nothing.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE parcels SET van_id = $1 WHERE code = ANY ($2) AND van_id IS NULL`, van, codes)
		if err != nil {
			return fmt.Errorf("load parcels: %w", err)
		}
		if tag.RowsAffected() != int64(len(codes)) {
			return ErrNotWaiting
		}
		_, err = tx.Exec(ctx, `INSERT INTO loadings (van_id, parcels) VALUES ($1, $2)`, van, len(codes))
		if err != nil {
			return fmt.Errorf("write the loading: %w", err)
		}
		return nil
	})
}

// Alone calls fn unless the same job is being done, in this program or in
// another copy of it; then it returns ErrBusy.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	var locked bool
	if err := s.pool.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, job).Scan(&locked); err != nil {
		return fmt.Errorf("lock job %d: %w", job, err)
	}
	if !locked {
		return ErrBusy
	}
	return fn(ctx)
}

// unlock works for a caller who has given up, too. A session that cannot be
// asked to unlock is ended, which has the same effect.
func unlock(ctx context.Context, conn *pgx.Conn, job int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, job); err != nil {
		_ = conn.Close(ctx)
	}
}

// Report returns what is in each van, in the order of their ids. It may take a minute.
func (s *Store) Report(ctx context.Context) (report []VanLoad, err error) {
	err = s.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = '1min'`); err != nil {
			return fmt.Errorf("raise the limit: %w", err)
		}
		rows, err := tx.Query(ctx, `
			SELECT v.name, count(p.id), coalesce(sum(p.grams), 0)::bigint
			FROM vans v LEFT JOIN parcels p ON p.van_id = v.id
			GROUP BY v.id ORDER BY v.id`)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		report, err = pgx.CollectRows(rows, pgx.RowToStructByPos[VanLoad])
		return err
	})
	return report, err
}
