package pgserver

import (
	"errors"
	"strings"
)

// UnavailableError says that no source had a server to give.
type UnavailableError struct {
	Attempts []Attempt // in the order in which they were made
}

// Attempt is one source that was tried in vain.
type Attempt struct {
	Source string
	Err    error
	Help   string // what would make it work; may be empty
}

// Error lists what was tried and what would help, one source a line.
func (e *UnavailableError) Error() string {
	var b strings.Builder
	b.WriteString("no PostgreSQL server to be had:")
	for _, a := range e.Attempts {
		b.WriteString("\n  " + a.Source + ": " + a.Err.Error())
		if a.Help != "" {
			b.WriteString("\n    " + a.Help)
		}
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As the causes.
func (e *UnavailableError) Unwrap() []error {
	errs := make([]error, 0, len(e.Attempts))
	for _, a := range e.Attempts {
		errs = append(errs, a.Err)
	}
	return errs
}

// helpfulError is an error that knows what the reader could do about it.
type helpfulError struct {
	error
	help string
}

func (e helpfulError) Unwrap() error { return e.error }

// withHelp attaches advice to err, for Attempt.Help.
func withHelp(err error, help string) error { return helpfulError{err, help} }

// helpFor returns the advice attached to err, or nothing.
func helpFor(err error) string {
	if h, ok := errors.AsType[helpfulError](err); ok {
		return h.help
	}
	return ""
}
