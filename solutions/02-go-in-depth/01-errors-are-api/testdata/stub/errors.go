// Package errorsareapi registers users, and says in a way that programs can rely
// on what has gone wrong.
package errorsareapi

import "errors"

// The kinds of errors that callers tell apart, with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict with what is there")
	ErrInvalid     = errors.New("invalid input")
	ErrRetry       = errors.New("lost against another transaction")
	ErrTimeout     = errors.New("took too long")
	ErrUnavailable = errors.New("database unavailable")
)

// FromPg gives an error of pgx its kind, which is one of the six above or none.
// It has the kind and what FromPg was given in its chain.
func FromPg(err error) error {
	return err // TODO
}

// Status returns the HTTP status for an error of this package: see the table in
// README.md. It is 200 for nil.
func Status(err error) int {
	return 0 // TODO
}

// NewUser is what somebody has typed into the form.
type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Plan  string `json:"plan"`
}

// FieldError says what is wrong with a field of NewUser.
type FieldError struct {
	Field string // its name in JSON
	Code  string // required or malformed
}

// Validate returns nil, or an error of kind ErrInvalid with a FieldError for each
// field that is wrong.
func Validate(u NewUser) error {
	return errors.New("not written yet") // TODO
}

// Fields returns the FieldErrors that Validate has put into err, in any order.
func Fields(err error) []FieldError {
	return nil // TODO
}
