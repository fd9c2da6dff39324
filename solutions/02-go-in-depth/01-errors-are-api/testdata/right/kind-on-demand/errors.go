// Right: the error of the database is put into a type whose method Is works out the kind when it is asked for.

// Package errorsareapi registers users.
package errorsareapi

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type Kind string

func (k Kind) Error() string { return string(k) }

const (
	ErrNotFound    = Kind("not found")
	ErrConflict    = Kind("conflict")
	ErrInvalid     = Kind("invalid")
	ErrRetry       = Kind("retry")
	ErrTimeout     = Kind("timeout")
	ErrUnavailable = Kind("unavailable")
)

var codes = map[Kind]string{
	ErrConflict:    "23505 23P01",
	ErrInvalid:     "22001 22P02 23502 23503 23514",
	ErrRetry:       "40001 40P01 55P03",
	ErrTimeout:     "57014",
	ErrUnavailable: "53300",
}

type pgError struct{ error }

func FromPg(err error) error {
	if err == nil {
		return nil
	}
	return pgError{err}
}

func (e pgError) Unwrap() error { return e.error }

func (e pgError) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.kind()
}

func (e pgError) kind() Kind {
	if errors.Is(e.error, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(e.error, context.DeadlineExceeded) {
		return ErrTimeout
	}
	if answer, ok := errors.AsType[*pgconn.PgError](e.error); ok {
		for k, list := range codes {
			if slices.Contains(strings.Fields(list), answer.Code) {
				return k
			}
		}
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](e.error); ok {
		return ErrUnavailable
	}
	return ""
}

func Status(err error) int {
	if err == nil {
		return 200
	}
	for status, kinds := range map[int][]Kind{404: {ErrNotFound}, 409: {ErrConflict}, 422: {ErrInvalid}, 503: {ErrRetry, ErrUnavailable}, 504: {ErrTimeout}} {
		if slices.ContainsFunc(kinds, func(k Kind) bool { return errors.Is(err, k) }) {
			return status
		}
	}
	if errors.Is(err, context.Canceled) {
		return 499
	}
	return 500
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

type faults struct{ byField map[string]string }

func (f faults) Error() string        { return "invalid" }
func (f faults) Is(target error) bool { return target == error(ErrInvalid) }

func Validate(u NewUser) error {
	f := faults{map[string]string{}}
	for field, value := range map[string]string{"email": u.Email, "name": u.Name, "plan": u.Plan} {
		if value == "" {
			f.byField[field] = "required"
		} else if field == "email" && !strings.Contains(value, "@") {
			f.byField[field] = "malformed"
		}
	}
	if len(f.byField) == 0 {
		return nil
	}
	return &f
}

func Fields(err error) []FieldError {
	var list []FieldError
	var f *faults
	if errors.As(err, &f) {
		for field, code := range f.byField {
			list = append(list, FieldError{Field: field, Code: code})
		}
	}
	slices.SortFunc(list, func(a, b FieldError) int { return cmp.Compare(a.Field, b.Field) })
	return list
}
