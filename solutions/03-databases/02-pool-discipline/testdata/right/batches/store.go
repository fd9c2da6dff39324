// Right: what belongs together goes in one batch, which is a transaction of its own.

package pooldiscipline

import (
	"context"
	"errors"
	"iter"

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

// InTx calls fn in a transaction.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(ctx) }() // with a cancelled context it closes the connection, which is as good
		err = fn(tx)
		if err != nil {
			return err
		}
		return tx.Commit(ctx)
	})
}

// Receive adds the parcels that are not known yet.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (int, error) {
	batch, added := &pgx.Batch{}, 0
	for _, p := range parcels {
		batch.Queue(`INSERT INTO parcels (code, grams) VALUES ($1, $2) ON CONFLICT (code) DO NOTHING RETURNING id`, p.Code, p.Grams).
			Query(func(rows pgx.Rows) error {
				ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
				added += len(ids)
				return err
			})
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return 0, err
	}
	return added, nil
}

// waiting goes through the parcels in the depot, as far as somebody asks.
func (s *Store) waiting(ctx context.Context) iter.Seq2[Parcel, error] {
	return func(yield func(Parcel, error) bool) {
		rows, err := s.pool.Query(ctx, `SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
		if err != nil {
			yield(Parcel{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			p, err := pgx.RowToStructByPos[Parcel](rows)
			if !yield(p, err) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Parcel{}, err)
		}
	}
}

// Pick returns the waiting parcels up to the first that would be too much.
func (s *Store) Pick(ctx context.Context, limit int64) (picked []Parcel, err error) {
	for p, err := range s.waiting(ctx) {
		if err != nil {
			return nil, err
		}
		if p.Grams > limit {
			break
		}
		limit -= p.Grams
		picked = append(picked, p)
	}
	return picked, nil
}

// Load puts waiting parcels into a van.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`INSERT INTO loadings (van_id, parcels) VALUES ($1, $2)`, van, len(codes))
		batch.Queue(`UPDATE parcels SET van_id = $1 WHERE code = ANY ($2) AND van_id IS NULL RETURNING code`, van, codes)
		results := tx.SendBatch(ctx, batch)
		defer func() { _ = results.Close() }()
		if _, err := results.Exec(); err != nil {
			return err
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		loaded, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if len(loaded) != len(codes) {
			return ErrNotWaiting
		}
		return results.Close()
	})
}

// Alone calls fn unless the same job is being done.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		var locked bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, job).Scan(&locked); err != nil {
			return err
		}
		if !locked {
			return ErrBusy
		}
		// Ending the session is a little slower than unlocking, and cannot be done wrong.
		defer func() { _ = conn.Conn().Close(context.WithoutCancel(ctx)) }()
		return fn(ctx)
	})
}

// Report returns what is in each van. The batch is one transaction, at whose end the setting ends.
func (s *Store) Report(ctx context.Context) (report []VanLoad, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('statement_timeout', '1min', true)`)
	batch.Queue(`
		SELECT v.name, count(p.id), coalesce(sum(p.grams), 0)::bigint
		FROM vans v LEFT JOIN parcels p ON p.van_id = v.id GROUP BY v.id ORDER BY v.id`).
		Query(func(rows pgx.Rows) error {
			report, err = pgx.CollectRows(rows, pgx.RowToStructByPos[VanLoad])
			return err
		})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	return report, nil
}
