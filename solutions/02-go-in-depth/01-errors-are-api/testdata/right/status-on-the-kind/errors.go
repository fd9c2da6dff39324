// Right: kinds are values of a type that knows its status; an error of the database is a struct with its kind.

// Package errorsareapi registers users.
package errorsareapi

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type kind struct {
	text   string
	status int
}

func (k *kind) Error() string   { return k.text }
func (k *kind) HTTPStatus() int { return k.status }

var (
	ErrNotFound    = &kind{"not found", 404}
	ErrConflict    = &kind{"conflict", 409}
	ErrInvalid     = &kind{"invalid", 422}
	ErrRetry       = &kind{"try again", 503}
	ErrTimeout     = &kind{"timeout", 504}
	ErrUnavailable = &kind{"unavailable", 503}

	gone = &kind{"client gone", 499}
)

// DBError is an error of the database with its kind.
type DBError struct {
	Kind *kind
	Err  error
}

func (e *DBError) Error() string   { return e.Kind.text + " (" + e.Err.Error() + ")" }
func (e *DBError) Unwrap() error   { return e.Err }
func (e *DBError) HTTPStatus() int { return e.Kind.status }

func (e *DBError) Is(target error) bool { return target == error(e.Kind) }

func FromPg(err error) error {
	with := func(k *kind) error { return &DBError{k, err} }
	var answer *pgconn.PgError
	var dial *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return with(ErrNotFound)
	case errors.Is(err, context.Canceled):
		return with(gone)
	case errors.Is(err, context.DeadlineExceeded):
		return with(ErrTimeout)
	case errors.As(err, &dial):
		return with(ErrUnavailable)
	case errors.As(err, &answer):
		switch answer.Code {
		case "23505", "23P01":
			return with(ErrConflict)
		case "22001", "22P02", "23502", "23503", "23514":
			return with(ErrInvalid)
		case "40001", "40P01", "55P03":
			return with(ErrRetry)
		case "57014":
			return with(ErrTimeout)
		case "53300":
			return with(ErrUnavailable)
		}
	}
	return err
}

func Status(err error) int {
	if err == nil {
		return 200
	}
	var known interface{ HTTPStatus() int }
	if errors.As(err, &known) {
		return known.HTTPStatus()
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

// ValidationError is a struct, as errors with details often are.
type ValidationError struct{ Faults []FieldError }

func (v *ValidationError) Error() string {
	var texts []string
	for _, f := range v.Faults {
		texts = append(texts, f.Field+" "+f.Code)
	}
	return strings.Join(texts, ", ")
}

func (v *ValidationError) Unwrap() error { return ErrInvalid }

func Validate(u NewUser) error {
	v := &ValidationError{}
	check := func(ok bool, field, code string) {
		if !ok {
			v.Faults = append(v.Faults, FieldError{field, code})
		}
	}
	check(u.Email != "", "email", "required")
	check(u.Email == "" || strings.ContainsRune(u.Email, '@'), "email", "malformed")
	check(u.Name != "", "name", "required")
	check(u.Plan != "", "plan", "required")
	if len(v.Faults) > 0 {
		return v
	}
	return nil
}

func Fields(err error) []FieldError {
	var v *ValidationError
	if errors.As(err, &v) {
		return v.Faults
	}
	return nil
}
