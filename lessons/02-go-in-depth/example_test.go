// Package indepth_test runs what the reading shows: each snippet of README.md is cut out of these files, and each table and
// timeline in it is what came out here.
package indepth_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

// errSoldOut is what a caller decides on.
var errSoldOut = errors.New("sold out")

func reserve(seat int) error { return fmt.Errorf("seat %d: %w", seat, errSoldOut) }

type limitError struct{ most int }

func (e *limitError) Error() string { return fmt.Sprintf("at most %d", e.most) }

// snippet: check
func check(tickets int) error {
	var problem *limitError
	if tickets > 10 {
		problem = &limitError{most: 10}
	}
	return problem
}

// end snippet

func TestErrors(t *testing.T) {
	err := reserve(7)
	var text strings.Builder
	fmt.Fprintln(&text, "passed on as                    what it says                errors.Is(…, errSoldOut)")
	for _, way := range []struct {
		code string
		err  error
	}{
		{`fmt.Errorf("reserve: %v", err)`, fmt.Errorf("reserve: %v", err)}, //nolint:errorlint // to show what is lost
		{`fmt.Errorf("reserve: %w", err)`, fmt.Errorf("reserve: %w", err)},
	} {
		fmt.Fprintf(&text, "%s  %-26s  %v\n", way.code, way.err, errors.Is(way.err, errSoldOut))
	}
	exercises.Golden(t, "errors", text.String())

	text.Reset()
	isNil := func(err error) bool { return err == nil }
	fmt.Fprintf(&text, "check(3)    prints %v,       check(3) == nil is %v\n", check(3), isNil(check(3)))
	fmt.Fprintf(&text, "check(11)   prints %v\n", check(11))
	exercises.Golden(t, "typed-nil", text.String())
}

// An order is a line of the export.
type order struct {
	ID    int `json:"id"`
	Cents int `json:"cents"`
}

// snippet: export
func export(w io.Writer, orders iter.Seq2[order, error]) error {
	enc := json.NewEncoder(w)
	for o, err := range orders {
		if err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("write order %d: %w", o.ID, err)
		}
	}
	return nil
}

// end snippet

func exportAtOnce(w io.Writer, orders iter.Seq2[order, error]) error {
	var all []order
	for o, err := range orders {
		if err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		all = append(all, o)
	}
	return json.NewEncoder(w).Encode(all)
}

// noted calls f at the first write.
type noted struct {
	io.Writer
	f func()
}

func (n *noted) Write(p []byte) (int, error) {
	if n.f != nil {
		n.f()
		n.f = nil
	}
	return n.Writer.Write(p)
}

func TestExport(t *testing.T) {
	var text strings.Builder
	fmt.Fprintln(&text, "an export of 1,000 orders      orders in memory when the first byte leaves")
	for _, way := range []struct {
		name   string
		export func(io.Writer, iter.Seq2[order, error]) error
	}{{"collect them, then write them", exportAtOnce}, {"write each as it comes", export}} {
		read, first := 0, 0
		orders := func(yield func(order, error) bool) {
			for n := range 1_000 {
				read++
				if !yield(order{ID: n, Cents: 990}, nil) {
					return
				}
			}
		}
		require.NoError(t, way.export(&noted{io.Discard, func() { first = read }}, orders))
		fmt.Fprintf(&text, "%-29s  %43d\n", way.name, first)
	}
	exercises.Golden(t, "export", text.String())
}

func TestExportSaysWhatFailed(t *testing.T) {
	broken := errors.New("connection lost")
	var out bytes.Buffer
	err := export(&out, func(yield func(order, error) bool) {
		_ = yield(order{ID: 1, Cents: 990}, nil) && yield(order{}, broken)
	})
	require.ErrorIs(t, err, broken)
	assert.Equal(t, "{\"id\":1,\"cents\":990}\n", out.String())
}

func TestCut(t *testing.T) {
	var text strings.Builder
	fmt.Fprintln(&text, "12 bytes come, 10 are allowed    bytes   error")
	for _, way := range []struct {
		name string
		read func(io.ReadCloser) io.Reader
	}{
		{"io.LimitReader(body, 10)", func(body io.ReadCloser) io.Reader { return io.LimitReader(body, 10) }},
		{"http.MaxBytesReader(w, body, 10)", func(body io.ReadCloser) io.Reader {
			return http.MaxBytesReader(httptest.NewRecorder(), body, 10)
		}},
	} {
		got, err := io.ReadAll(way.read(io.NopCloser(strings.NewReader("twelve bytes"))))
		fmt.Fprintf(&text, "%-32s %5d   %v\n", way.name, len(got), cmp.Or(err, errors.New("none")))
	}
	exercises.Golden(t, "cut", text.String())
}
