// Package tenancy keeps the projects of several tenants in shared tables.
package tenancy

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A Caller is who sends a request: a user of a tenant.
type Caller struct{ Tenant, User int64 }

// Project and Task are what clients get as JSON.
type Project struct {
	ID      int64  `json:"id"`
	OwnerID int64  `json:"owner_id"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
}

type Task struct {
	ID        int64  `json:"id"`
	ProjectID int64  `json:"project_id"`
	Title     string `json:"title"`
}

// WithTenant calls fn in a transaction that sees, and writes, the rows of the
// tenant and no others. It commits when fn returns nil; otherwise it rolls back
// and returns the error.
func WithTenant(ctx context.Context, pool *pgxpool.Pool, tenant int64, fn func(tx pgx.Tx) error) error {
	// TODO: yours to write.
	return errors.New("not written yet")
}

// Routes answers requests for projects and tasks. who says who sends a request;
// that is known already, so there is always somebody. Several requests may ask
// it at once.
func Routes(pool *pgxpool.Pool, who func(r *http.Request) Caller) http.Handler {
	// TODO: yours to write.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
}
