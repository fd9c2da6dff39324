package slots

import (
	"context"
	_ "embed"
	"testing"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
)

//go:embed schema.sql
var schema string

// Service is a store that one test has for itself.
type Service struct {
	Store
	t  testing.TB
	db *dbtest.DB
}

// Open starts the service over an empty database. Both end with the test.
func Open(t testing.TB) *Service {
	t.Helper()
	db := dbtest.New(t, schema)
	return &Service{newStore(db.Pool()), t, db}
}

// AtOnce runs the calls at the same time. Each has a copy of the service for
// itself, as on a server of its own; they share the database. After each
// statement a copy waits until the others have sent one too, or cannot: so what
// can come between two statements does. AtOnce returns the calls' errors, in
// their order.
func (s *Service) AtOnce(calls ...func(ctx context.Context, copy Store) error) []error {
	s.t.Helper()
	g := gate.New(s.t, s.db)
	var all []func(context.Context) error
	for _, call := range calls {
		store := newStore(s.db.Pool(dbtest.With(g)))
		all = append(all, func(ctx context.Context) error { return call(ctx, store) })
	}
	return g.Run(all...)
}
