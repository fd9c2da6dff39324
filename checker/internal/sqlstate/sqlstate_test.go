package sqlstate_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/sqlstate"
)

// That each code can be met, and that its name is the server's, is shown on a server: checker/sqlstate_test.go.
func TestEntries(t *testing.T) {
	codes := sqlstate.Codes()
	require.GreaterOrEqual(t, len(codes), 40)
	require.True(t, slices.IsSorted(codes), "they are found by halving")
	require.Equal(t, codes, slices.Compact(slices.Clone(codes)), "each once")
	titles := map[string]string{}
	for _, code := range codes {
		e, known := sqlstate.Explain(code)
		require.True(t, known, code)
		require.Equal(t, code, e.Code)
		require.Regexp(t, `^[a-z]+(_[a-z]+)+$`, e.Condition, code)
		require.Regexp(t, `^https://www\.postgresql\.org/docs/current/[a-z-]+\.html(#[A-Z-]+)?$`, e.URL, code)
		require.Regexp(t, `^[^\s\d].*\S$`, e.Title, "%s: a title, without a chapter's number", code)

		n := utf8.RuneCountInString(e.Words)
		require.True(t, 58 <= n && n <= 130, "%s has %d characters", code, n)
		require.Regexp(t, `^([a-z$]|[A-Z]{2})[^\n]*[^.\s]$`, e.Words, "%s: one line that goes on after a colon", code)
		if was, seen := titles[e.URL]; seen {
			require.Equal(t, was, e.Title, "%s: the same place under two titles", code)
		}
		titles[e.URL] = e.Title
	}
}

// TestWordsAreNoOrders: the words tell what was noticed; what to write instead is the exercise.
func TestWordsAreNoOrders(t *testing.T) {
	orders := regexp.MustCompile(`(?i)\b(use|add|try|retry|should|instead|fix|need to|you)\b`)
	for _, code := range sqlstate.Codes() {
		e, _ := sqlstate.Explain(code)
		require.NotRegexp(t, orders, e.Words, code)
	}
}

func TestExplainByClass(t *testing.T) {
	e, known := sqlstate.Explain("53400")
	require.True(t, known)
	require.Empty(t, e.Condition)
	require.Contains(t, e.Words, "class 53, Insufficient Resources")
	require.Equal(t, "PostgreSQL Error Codes", e.Title)
	require.Equal(t, "https://www.postgresql.org/docs/current/errcodes-appendix.html", e.URL)
}

func TestExplainKnowsNothing(t *testing.T) {
	for _, code := range []string{"", "4", "4000", "400011", "40p01", "BK001", "HELLO", "4O0O1", "40 01", "４０００１", "99999"} {
		e, known := sqlstate.Explain(code)
		require.False(t, known, code)
		require.Zero(t, e, code)
	}
}

func TestIn(t *testing.T) {
	deadlock := &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "40P01", Message: "deadlock detected"}
	cases := map[string]struct {
		text string
		want string
	}{
		"as pgx prints it":         {deadlock.Error(), "40P01"},
		"wrapped":                  {fmt.Sprintf("transfer: %v\n", fmt.Errorf("store: %w", deadlock)), "40P01"},
		"with a space":             {"SQLSTATE 40P01", "40P01"},
		"with a colon":             {"the SQLSTATE: 23505.", "23505"},
		"in brackets":              {"SQLSTATE[23505]", "23505"},
		"in lower case":            {`sqlstate="23505"`, "23505"},
		"of the author's own":      {"(SQLSTATE BK001)", "BK001"},
		"%#v":                      {fmt.Sprintf("%#v", deadlock), "40P01"},
		"%+v of the value":         {fmt.Sprintf("%+v", *deadlock), "40P01"},
		"%#v without the severity": {`{Code:"40P01", Message:"x"}`, "40P01"},
		"testify's difference": {"  Severity: (string) (len=5) \"ERROR\",\n- SeverityUnlocalized: (string) \"\",\n- Code: (string) (len=5) \"40P01\",\n" +
			"+ SeverityUnlocalized: (string) (len=5) \"ERROR\",\n+ Code: (string) (len=5) \"22030\",\n", "40P01 22030"},
		"a difference in the code alone": {"  SeverityUnlocalized: (string) (len=5) \"ERROR\",\n- Code: (string) (len=5) \"40P01\",\n+ Code: (string) (len=5) \"40001\",\n", "40P01 40001"},
		"psql, verbose":                  {"ERROR:  40P01: deadlock detected", "40P01"},
		"at the end of the message":      {"FATAL: sorry (57P01)\nERROR: no (SQLSTATE 40001)", "57P01 40001"},
		"several, in order, each once":   {"(SQLSTATE 40001) (SQLSTATE 40P01) SQLSTATE 40001", "40001 40P01"},
		"two on one line":                {"ERROR: one (SQLSTATE 23505) and two (23503)", "23505 23503"},

		"words in capitals":      {"SQLSTATE CODES, SQLSTATE HELLO", ""},
		"longer and shorter":     {"SQLSTATE 40P011, SQLSTATE 40P0, SQLSTATE_40P01X", ""},
		"numbers of other kinds": {"ERROR: order (40210) of 40P01 is 23505 too late", ""},
		"a field called code":    {`FieldError{Field:"zip", Code:"40210"} {Code:"EMPTY"} {ZipCode:"40001"}`, ""},
		"nothing":                {"", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, strings.Join(sqlstate.In(c.text), " "))
		})
	}
}
