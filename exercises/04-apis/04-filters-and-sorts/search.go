// Package filters searches tickets the way that strangers ask for.
package filters

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Ticket is a row of the table tickets.
type Ticket struct {
	ID        int64
	Title     string
	Status    string
	Priority  int32
	Assignee  string
	CreatedAt time.Time
}

// ParamError says which parameter is at fault, and why.
type ParamError struct {
	Param  string // its name as it was written
	Reason string // for the caller, in any words
}

func (e *ParamError) Error() string { return fmt.Sprintf("parameter %q: %s", e.Param, e.Reason) }

// Query is a search that has been checked.
type Query struct {
	// TODO: what Search needs.
}

// ParseQuery checks the parameters. Its error is a *ParamError.
func ParseQuery(v url.Values) (Query, error) {
	// TODO: yours to write.
	return Query{}, errors.New("ParseQuery is not written yet")
}

// Search returns the tickets that q asks for.
func Search(ctx context.Context, pool *pgxpool.Pool, q Query) ([]Ticket, error) {
	// TODO: yours to write.
	return nil, errors.New("Search is not written yet")
}
