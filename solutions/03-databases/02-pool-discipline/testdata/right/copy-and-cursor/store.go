// Right: COPY into a table for the transaction, and a cursor that fetches no more than is needed.

package pooldiscipline

import (
	"context"
	"errors"
	"fmt"

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
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if done {
			return
		}
		if err := tx.Rollback(ctx); err != nil {
			_ = tx.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	if err := fn(tx); err != nil {
		return fmt.Errorf("in a transaction: %w", err)
	}
	done = true
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Receive adds the parcels that are not known yet.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (int, error) {
	var added int64
	err := s.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE given (n bigint GENERATED ALWAYS AS IDENTITY, code text, grams bigint) ON COMMIT DROP`)
		if err != nil {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"given"}, []string{"code", "grams"}, pgx.CopyFromSlice(len(parcels), func(i int) ([]any, error) {
			return []any{parcels[i].Code, parcels[i].Grams}, nil
		}))
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO parcels (code, grams) SELECT code, grams FROM given ORDER BY n ON CONFLICT DO NOTHING`)
		added = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(added), nil
}

// Pick returns the waiting parcels up to the first that would be too much.
func (s *Store) Pick(ctx context.Context, limit int64) (picked []Parcel, err error) {
	err = s.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DECLARE waiting CURSOR FOR SELECT code, grams FROM parcels WHERE van_id IS NULL ORDER BY id`)
		if err != nil {
			return err
		}
		for {
			var p Parcel
			err := tx.QueryRow(ctx, `FETCH waiting`).Scan(&p.Code, &p.Grams)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if limit < p.Grams {
				return nil
			}
			limit -= p.Grams
			picked = append(picked, p)
		}
	})
	if err != nil {
		return nil, err
	}
	return picked, nil
}

// Load puts waiting parcels into a van.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return s.InTx(ctx, func(tx pgx.Tx) error {
		for _, code := range codes {
			var taken *int64
			err := tx.QueryRow(ctx, `SELECT van_id FROM parcels WHERE code = $1 FOR UPDATE`, code).Scan(&taken)
			if errors.Is(err, pgx.ErrNoRows) || err == nil && taken != nil {
				return fmt.Errorf("parcel %q: %w", code, ErrNotWaiting)
			}
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE parcels SET van_id = $1 WHERE code = ANY ($2)`, van, codes); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO loadings (van_id, parcels) VALUES ($1, cardinality($2::text[]))`, van, codes)
		return err
	})
}

// Alone calls fn unless the same job is being done. The session may keep the
// lock only as long as the job: unlocking all is fine, it has no other.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock_all()`); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
		conn.Release()
	}()
	var locked bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, job).Scan(&locked)
	if err == nil && !locked {
		err = ErrBusy
	}
	if err != nil {
		return err
	}
	return fn(ctx)
}

// Report returns what is in each van.
func (s *Store) Report(ctx context.Context) (report []VanLoad, err error) {
	err = s.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout TO 60000`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT id, name FROM vans ORDER BY id`)
		if err != nil {
			return err
		}
		var ids []int64
		var id int64
		var name string
		at := map[int64]int{}
		if _, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error {
			ids, at[id], report = append(ids, id), len(report), append(report, VanLoad{Van: name})
			return nil
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `SELECT van_id, grams FROM parcels WHERE van_id = ANY ($1)`, ids)
		if err != nil {
			return err
		}
		var grams int64
		_, err = pgx.ForEachRow(rows, []any{&id, &grams}, func() error {
			report[at[id]].Parcels++
			report[at[id]].Grams += grams
			return nil
		})
		return err
	})
	return report, err
}
