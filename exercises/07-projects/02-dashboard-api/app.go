// Package dashboard serves companies the numbers of their business, to each member what their role permits.
package dashboard

import (
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A User is somebody whom the sign-in system knows. Two users may have the same
// address, such as that of a team.
type User struct {
	ID    int64
	Email string // which belongs to the user: the sign-in system has verified it
}

// Config is what the program is given.
type Config struct {
	// Authenticate says who sends a request. Where ok is false nobody knows, and
	// the User means nothing. Several requests may ask it at once.
	Authenticate func(r *http.Request) (u User, ok bool)
}

// App is one copy of the program. Copies share nothing but the database.
type App struct{} // TODO: yours to write.

// New returns a copy of the program. Its tables, those of schema.sql and of
// feed.sql, are in the database.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	// TODO: yours to write.
	return nil, errors.New("New is not written yet")
}

// Handler answers the requests.
func (a *App) Handler() http.Handler {
	// TODO: yours to write.
	return http.NotFoundHandler()
}

// An Action is what somebody wants to do.
type Action string

// The actions on an object. Its fields are read and updated; nobody creates or deletes a field.
const (
	Read   Action = "read"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// A Principal is a user in one tenant, with the role that the tenant has given them; "" is none.
type Principal struct {
	Tenant, User int64
	Role         string
}

// An Object is what an action is for: things of a kind, such as "person", of a
// tenant, or one field of them.
type Object struct {
	Tenant int64
	Kind   string
	Field  string // such as "salary"; "" is the thing itself
}

// A Decision says whether an action is allowed, and why not.
type Decision struct {
	Allowed bool
	Reason  string // for a log; may be empty
}

// Can decides whether the principal may do the action (milestone 2).
func Can(p Principal, a Action, o Object) Decision {
	// TODO: yours to write.
	return Decision{Allowed: true}
}
