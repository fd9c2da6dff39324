// Right: nothing of pgx but the SQLSTATE is asked for, by an interface; no rows is what database/sql calls it.

// Package errorsareapi registers users.
package errorsareapi

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict")
	ErrInvalid     = errors.New("invalid")
	ErrRetry       = errors.New("retry")
	ErrTimeout     = errors.New("timeout")
	ErrUnavailable = errors.New("unavailable")
)

// A rule says what matches, and what it means.
type rule struct {
	matches func(error) bool
	kind    error
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[E error]() func(error) bool {
	return func(err error) bool { var e E; return errors.As(err, &e) }
}

func state(codes ...string) func(error) bool {
	return func(err error) bool {
		var s interface{ SQLState() string }
		return errors.As(err, &s) && strings.Contains(strings.Join(codes, " "), s.SQLState())
	}
}

var rules = []rule{
	{is(sql.ErrNoRows), ErrNotFound},
	{is(context.DeadlineExceeded), ErrTimeout},
	{state("23505", "23P01"), ErrConflict},
	{state("22001", "22P02", "23502", "23503", "23514"), ErrInvalid},
	{state("40001", "40P01", "55P03"), ErrRetry},
	{state("57014"), ErrTimeout},
	{as[*pgconn.ConnectError](), ErrUnavailable},
}

func FromPg(err error) error {
	for _, r := range rules {
		if err != nil && r.matches(err) {
			return fmt.Errorf("%w (%w)", err, r.kind)
		}
	}
	return err
}

var status = map[error]int{
	ErrNotFound: 404, ErrConflict: 409, ErrInvalid: 422, ErrRetry: 503, ErrTimeout: 504, ErrUnavailable: 503, context.Canceled: 499,
}

func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for kind, code := range status {
		if errors.Is(err, kind) {
			return code
		}
	}
	return http.StatusInternalServerError
}

type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Plan  string `json:"plan"`
}

type FieldError struct {
	Field string `json:"pointer"`
	Code  string `json:"code"`
}

// withFields carries the fields; the kind is what it wraps.
type withFields struct {
	error
	fields []FieldError
}

func (w withFields) Unwrap() error { return w.error }

func Validate(u NewUser) error {
	w := withFields{error: ErrInvalid}
	switch {
	case u.Email == "":
		w.fields = append(w.fields, FieldError{"email", "required"})
	case !strings.Contains(u.Email, "@"):
		w.fields = append(w.fields, FieldError{"email", "malformed"})
	}
	if u.Name == "" {
		w.fields = append(w.fields, FieldError{"name", "required"})
	}
	if u.Plan == "" {
		w.fields = append(w.fields, FieldError{"plan", "required"})
	}
	if w.fields != nil {
		return w
	}
	return nil
}

func Fields(err error) []FieldError {
	w := withFields{}
	errors.As(err, &w)
	return w.fields
}
