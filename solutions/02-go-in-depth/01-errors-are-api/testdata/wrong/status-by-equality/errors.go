// Wrong: Status gets the kinds themselves.
//checker:fails TestFromPg/23505
//checker:fails TestFromPg/28P01
//checker:fails TestFromPg/23P01
//checker:fails TestFromPg/23503
//checker:fails TestFromPg/23514
//checker:fails TestFromPg/23502
//checker:fails TestFromPg/22P02
//checker:fails TestFromPg/22001
//checker:fails TestFromPg/40001
//checker:fails TestFromPg/40P01
//checker:fails TestFromPg/55P03
//checker:fails TestFromPg/57014
//checker:fails TestFromPg/53300
//checker:fails TestFromPg/no_rows_in_result_set
//checker:fails TestFromPg/context_deadline_exceeded
//checker:fails TestFromPg/failed_to_connect
//checker:fails TestFromPg/context_canceled
//checker:fails TestStatus/of_ErrNotFound_wrapped_twice
//checker:fails TestStatus/of_ErrConflict_wrapped_twice
//checker:fails TestStatus/of_ErrInvalid_wrapped_twice
//checker:fails TestStatus/of_ErrRetry_wrapped_twice
//checker:fails TestStatus/of_ErrTimeout_wrapped_twice
//checker:fails TestStatus/of_ErrUnavailable_wrapped_twice
//checker:fails TestValidate/finds_a_missing_email
//checker:fails TestValidate/finds_a_malformed_email
//checker:fails TestValidate/finds_a_missing_name
//checker:fails TestValidate/finds_a_missing_plan
//checker:fails TestValidate/finds_all_that_are_wrong
//checker:fails TestAnswer/404_for_one_who_is_not
//checker:fails TestAnswer/409_for_an_address_that_is_taken
//checker:fails TestAnswer/422_for_a_plan_that_is_not_there
//checker:fails TestAnswer/422_with_the_wrong_fields
//checker:fails TestFailure/503_when_there_are_too_many_connections
//checker:hint 2

// Package errorsareapi registers users, and says in a way that programs can rely
// on what has gone wrong.
package errorsareapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The kinds of errors that callers tell apart, with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict with what is there")
	ErrInvalid     = errors.New("invalid input")
	ErrRetry       = errors.New("lost against another transaction")
	ErrTimeout     = errors.New("took too long")
	ErrUnavailable = errors.New("database unavailable")
)

// kinds says what a SQLSTATE means for callers. What is not in here is a fault of
// ours, or one that nobody has thought of yet.
var kinds = map[string]error{
	"22001": ErrInvalid,     // string_data_right_truncation
	"22P02": ErrInvalid,     // invalid_text_representation
	"23502": ErrInvalid,     // not_null_violation
	"23503": ErrInvalid,     // foreign_key_violation
	"23505": ErrConflict,    // unique_violation
	"23514": ErrInvalid,     // check_violation
	"23P01": ErrConflict,    // exclusion_violation
	"40001": ErrRetry,       // serialization_failure
	"40P01": ErrRetry,       // deadlock_detected
	"53300": ErrUnavailable, // too_many_connections
	"55P03": ErrRetry,       // lock_not_available
	"57014": ErrTimeout,     // query_canceled
}

// statusClientGone is nginx's. Nobody is left to read it, but the access log has it.
const statusClientGone = 499

var statuses = []struct {
	err    error
	status int
}{
	{ErrNotFound, http.StatusNotFound},
	{ErrConflict, http.StatusConflict},
	{ErrInvalid, http.StatusUnprocessableEntity},
	{ErrRetry, http.StatusServiceUnavailable},
	{ErrTimeout, http.StatusGatewayTimeout},
	{ErrUnavailable, http.StatusServiceUnavailable},
	{context.Canceled, statusClientGone},
}

// FromPg gives an error of pgx its kind, which is one of the six above or none.
// It has the kind and what FromPg was given in its chain.
func FromPg(err error) error {
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

func kindOf(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ErrTimeout
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return ErrUnavailable
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return kinds[refused.Code]
	}
	return nil
}

// Status returns the HTTP status for an error of this package: see the table in
// README.md. It is 200 for nil.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, s := range statuses {
		if err == s.err {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// NewUser is what somebody has typed into the form.
type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Plan  string `json:"plan"`
}

// FieldError says what is wrong with a field of NewUser.
type FieldError struct {
	Field string `json:"field"` // its name in JSON
	Code  string `json:"code"`  // required or malformed
}

// Validate returns nil, or an error of kind ErrInvalid with a FieldError for each
// field that is wrong.
func Validate(u NewUser) error {
	var wrong invalid
	if u.Email == "" {
		wrong = append(wrong, FieldError{"email", "required"})
	} else if !strings.Contains(u.Email, "@") {
		wrong = append(wrong, FieldError{"email", "malformed"})
	}
	if u.Name == "" {
		wrong = append(wrong, FieldError{"name", "required"})
	}
	if u.Plan == "" {
		wrong = append(wrong, FieldError{"plan", "required"})
	}
	if wrong == nil {
		return nil // not wrong: an error that holds a nil list is not nil
	}
	return wrong
}

// invalid is the error of Validate.
type invalid []FieldError

func (i invalid) Error() string        { return fmt.Sprintf("%v: %v", ErrInvalid, []FieldError(i)) }
func (i invalid) Is(target error) bool { return target == ErrInvalid }

// Fields returns the FieldErrors that Validate has put into err, in any order.
func Fields(err error) []FieldError {
	wrong, _ := errors.AsType[invalid](err)
	return wrong
}
