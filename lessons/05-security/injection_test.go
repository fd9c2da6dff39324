package security_test

import (
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

const people = `
	CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, pin text NOT NULL);
	INSERT INTO users VALUES (1, 'ann', '4711'), (2, 'ben', '0815');
	GRANT SELECT ON users TO PUBLIC;`

func TestInjection(t *testing.T) {
	db := exercises.Database(t, people)
	// snippet: pasted
	pasted := func(name string) string {
		return fmt.Sprintf(`SELECT id, name FROM users WHERE name = '%s'`, name)
	}
	quoted := func(name string) string {
		return fmt.Sprintf(`SELECT id, name FROM users WHERE name = '%s'`, strings.ReplaceAll(name, `'`, `''`))
	}
	byID := func(id string) string {
		return fmt.Sprintf(`SELECT id, name FROM users WHERE id = %s`, strings.ReplaceAll(id, `'`, `''`))
	}
	// end snippet
	var text strings.Builder
	run := func(title, sql string, args ...any) {
		fmt.Fprintf(&text, "%s\n   %s\n   → %s\n", title, sql, answer(t, db, sql, args...))
	}
	run("pasted", pasted("ann"))
	run("pasted, name: ' OR true --", pasted("' OR true --"))
	run("pasted, name: ' UNION SELECT id, pin FROM users --", pasted("' UNION SELECT id, pin FROM users --"))
	run("quotes doubled, name: ' OR true --", quoted("' OR true --"))
	run("quotes doubled, id: 1 OR true", byID("1 OR true"))
	run("quotes doubled, id: 1/(CASE WHEN (SELECT pin FROM users WHERE id=1) LIKE $$4%$$ THEN 0 ELSE 1 END)",
		byID("1/(CASE WHEN (SELECT pin FROM users WHERE id=1) LIKE $$4%$$ THEN 0 ELSE 1 END)"))
	run("a parameter, name: ' OR true --", `SELECT id, name FROM users WHERE name = $1`, "' OR true --")
	exercises.Golden(t, "injection", text.String())
}

// answer is what the database says: rows, or the error.
func answer(t *testing.T, db *exercises.DB, sql string, args ...any) string {
	t.Helper()
	rows, err := db.Pool().Query(t.Context(), sql, args...)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var id int
		var name string
		err := row.Scan(&id, &name)
		return fmt.Sprintf("%d %s", id, name), err
	})
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return "ERROR: " + refused.Message
	case err != nil:
		t.Fatal(err)
	case len(found) == 0:
		return "no rows"
	}
	return strings.Join(found, ", ")
}

// page shows a profile. Text that people wrote is in three places.
//
// snippet: page
const page = `<p>{{.Bio}}</p>
<a href="{{.Site}}">website</a>
<img src="/photo.png" alt={{.Name}}>
`

// end snippet

type profile struct{ Bio, Site, Name string }

// hostile is a profile that tries one thing in each place.
var hostile = profile{
	Bio:  `<script>send(cookies)</script>`,
	Site: `javascript:send(cookies)`,
	Name: `x onerror=send(cookies)`,
}

func TestPages(t *testing.T) {
	var text strings.Builder
	show := func(title, made string) {
		fmt.Fprintf(&text, "%s\n\n%s\n", title, indent(made))
		runs := exercises.Runs(made)
		for _, r := range runs {
			fmt.Fprintf(&text, "   runs: %s\n", r)
		}
		if len(runs) == 0 {
			text.WriteString("   runs: nothing\n")
		}
		text.WriteString("\n")
	}
	var made strings.Builder
	require.NoError(t, texttemplate.Must(texttemplate.New("").Parse(page)).Execute(&made, hostile))
	show("text/template", made.String())

	escaped := profile{html.EscapeString(hostile.Bio), html.EscapeString(hostile.Site), html.EscapeString(hostile.Name)}
	made.Reset()
	require.NoError(t, texttemplate.Must(texttemplate.New("").Parse(page)).Execute(&made, escaped))
	show("text/template, each value escaped by hand", made.String())

	made.Reset()
	require.NoError(t, htmltemplate.Must(htmltemplate.New("").Parse(page)).Execute(&made, hostile))
	show("html/template", made.String())
	exercises.Golden(t, "pages", strings.TrimRight(text.String(), "\n")+"\n")
}

func indent(text string) string {
	return "   " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n   ") + "\n"
}
