// Package retryme makes requests safe to send again.
package retryme

import (
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Handler does the work of a request, such as a payment, and answers it.
//
// It writes to the database through tx alone, and leaves it to its caller to
// commit or to roll back. It returns nil when it has answered. An error means
// that the work could not be done; then nothing that it wrote to w or through
// tx counts.
type Handler func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error

// Idempotent runs next once for each Idempotency-Key of an account, and answers
// a request that comes again with what next has answered. The tables that it
// needs are in keys.sql.
//
// The function account says whose request it is; somebody else has checked who
// is asking. A name of an account is never empty.
func Idempotent(pool *pgxpool.Pool, account func(*http.Request) string, next Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		w.WriteHeader(http.StatusNotImplemented)
	})
}
