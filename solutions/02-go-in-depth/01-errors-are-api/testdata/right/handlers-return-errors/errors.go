// Right: one error for each field, joined; a walk through the tree finds them all.

// Package errorsareapi registers users.
package errorsareapi

import (
	"context"
	"errors"
	"fmt"
	"net/mail"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	ErrNotFound    = errors.New("nothing there")
	ErrConflict    = errors.New("already there")
	ErrInvalid     = errors.New("cannot be accepted")
	ErrRetry       = errors.New("again, please")
	ErrTimeout     = errors.New("no time left")
	ErrUnavailable = errors.New("nobody at home")
)

func FromPg(err error) error {
	var pgErr *pgconn.PgError
	var connErr *pgconn.ConnectError
	kind := error(nil)
	if errors.As(err, &pgErr) {
		kind = byState(pgErr.Code)
	}
	if errors.As(err, &connErr) {
		kind = ErrUnavailable
	}
	if errors.Is(err, pgx.ErrNoRows) {
		kind = ErrNotFound
	}
	if errors.Is(err, context.DeadlineExceeded) {
		kind = ErrTimeout
	}
	if kind == nil {
		return err
	}
	return errors.Join(kind, err)
}

func byState(code string) error {
	switch code {
	case "23505", "23P01":
		return ErrConflict
	case "23502", "23503", "23514", "22P02", "22001":
		return ErrInvalid
	case "40001", "40P01", "55P03":
		return ErrRetry
	case "57014":
		return ErrTimeout
	case "53300":
		return ErrUnavailable
	}
	return nil
}

func Status(err error) int {
	switch {
	case err == nil:
		return 200
	case errors.Is(err, ErrNotFound):
		return 404
	case errors.Is(err, ErrConflict):
		return 409
	case errors.Is(err, ErrInvalid):
		return 422
	case errors.Is(err, ErrTimeout):
		return 504
	case errors.Is(err, ErrRetry), errors.Is(err, ErrUnavailable):
		return 503
	case errors.Is(err, context.Canceled):
		return 499
	default:
		return 500
	}
}

type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Plan  string `json:"plan"`
}

type FieldError struct {
	Field string
	Code  string
}

func (e FieldError) Error() string { return fmt.Sprintf("%s is %s", e.Field, e.Code) }
func (e FieldError) Unwrap() error { return ErrInvalid }

func Validate(u NewUser) error {
	var email error
	if u.Email == "" {
		email = FieldError{"email", "required"}
	} else if _, err := mail.ParseAddress(u.Email); err != nil {
		email = FieldError{"email", "malformed"}
	}
	return errors.Join(email, required("name", u.Name), required("plan", u.Plan))
}

func required(field, value string) error {
	if value != "" {
		return nil
	}
	return FieldError{field, "required"}
}

func Fields(err error) (found []FieldError) {
	switch e := err.(type) {
	case FieldError:
		return []FieldError{e}
	case interface{ Unwrap() error }:
		return Fields(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = append(found, Fields(inner)...)
		}
	}
	return found
}
