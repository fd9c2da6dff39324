package pooldiscipline

import (
	"context"
	"errors"

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

var errTODO = errors.New("not written yet")

// InTx calls fn in a transaction. It commits when fn returns nil, and rolls back
// when fn returns an error or panics.
func (s *Store) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return errTODO // TODO
}

// Receive adds the parcels that are not known yet, in their order, and returns
// how many those were. It adds all of them or none.
func (s *Store) Receive(ctx context.Context, parcels []Parcel) (added int, err error) {
	return 0, errTODO // TODO
}

// Pick returns the waiting parcels in the order of their arrival, up to the
// first that would make them heavier than limit, in grams.
func (s *Store) Pick(ctx context.Context, limit int64) ([]Parcel, error) {
	return nil, errTODO // TODO
}

// Load puts waiting parcels into a van and writes one row of loadings, or it
// returns an error and changes nothing.
func (s *Store) Load(ctx context.Context, van int64, codes []string) error {
	return errTODO // TODO
}

// Alone calls fn unless the same job is being done, in this program or in
// another copy of it; then it returns ErrBusy.
func (s *Store) Alone(ctx context.Context, job int64, fn func(ctx context.Context) error) error {
	return errTODO // TODO
}

// Report returns what is in each van, in the order of their ids. It may take a minute.
func (s *Store) Report(ctx context.Context) ([]VanLoad, error) {
	return nil, errTODO // TODO
}
