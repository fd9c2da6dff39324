// Package production_test runs what the reading shows: each snippet of README.md is cut out of these files, and each answer in
// it is what came out here.
package production_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"
)

// lines lines up cells that are separated by tabs.
func lines(t *testing.T, rows ...string) string {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 3, ' ', 0)
	_, err := io.WriteString(w, strings.Join(rows, "\n")+"\n")
	require.NoError(t, errors.Join(err, w.Flush()))
	return b.String()
}
