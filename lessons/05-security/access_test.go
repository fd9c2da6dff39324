package security_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
	"workbook/lessons/internal/talk"
	"workbook/lessons/internal/timeline"
)

// permissions of those who ask, by name.
var permissions = map[string][]string{"ann": {"reports.read", "users.write"}, "ben": {"reports.read"}}

func may(r *http.Request, permission string) bool {
	for _, p := range permissions[r.Header.Get("X-User")] {
		if p == permission {
			return true
		}
	}
	return false
}

func done(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// byPath guards what begins with /admin/. The rest is open.
func byPath(next http.Handler) http.Handler {
	// snippet: by-path
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/admin/") && !may(r, "users.write") {
			http.Error(w, "you may not", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
	// end snippet
}

// snippet: guard
// guard is a mux that takes no route without a permission.
type guard struct{ mux *http.ServeMux }

func (g guard) handle(pattern, permission string, h http.HandlerFunc) {
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if permission == "" || !may(r, permission) {
			http.Error(w, "you may not", http.StatusForbidden)
			return
		}
		h(w, r)
	})
}

// end snippet

func TestRoutes(t *testing.T) {
	open := http.NewServeMux()
	open.HandleFunc("DELETE /admin/users/{id}", done)
	open.HandleFunc("DELETE /v2/users/{id}", done) // came later, from a colleague

	closed := guard{http.NewServeMux()}
	closed.handle("DELETE /admin/users/{id}", "users.write", done)
	closed.handle("DELETE /v2/users/{id}", "", done) // the colleague has forgotten it

	for name, h := range map[string]http.Handler{"by-path": byPath(open), "guard": closed.mux} {
		k := talk.New(t, h)
		k.Say("DELETE", "/admin/users/7", "", "X-User: ben")
		k.Say("DELETE", "/v2/users/7", "", "X-User: ben")
		exercises.Golden(t, "routes-"+name, k.String())
	}
}

const tenants = `
	CREATE TABLE invoices (id bigint PRIMARY KEY, tenant text NOT NULL, cents bigint NOT NULL);
	INSERT INTO invoices VALUES (7, 'acme', 120000), (8, 'bolt', 990);
	GRANT SELECT ON invoices TO PUBLIC;`

func TestWhoseInvoice(t *testing.T) {
	db := exercises.Database(t, tenants)
	mux := http.NewServeMux()
	answer := func(sql string, args func(*http.Request) []any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var text string
			if err := db.Pool().QueryRow(r.Context(), sql, args(r)...).Scan(&text); err != nil {
				http.Error(w, "no such invoice", http.StatusNotFound)
				return
			}
			if _, err := w.Write([]byte(text)); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
	}
	// snippet: whose
	anybodys := `SELECT to_json(i) FROM invoices i WHERE id = $1`
	theirs := `SELECT to_json(i) FROM invoices i WHERE id = $1 AND tenant = $2`
	// end snippet
	mux.HandleFunc("GET /v1/invoices/{id}", answer(anybodys, func(r *http.Request) []any { return []any{r.PathValue("id")} }))
	mux.HandleFunc("GET /v2/invoices/{id}", answer(theirs, func(r *http.Request) []any { return []any{r.PathValue("id"), r.Header.Get("X-Tenant")} }))
	k := talk.New(t, mux)
	k.Say("GET", "/v1/invoices/8", "", "X-Tenant: bolt")
	k.Say("GET", "/v1/invoices/7", "", "X-Tenant: bolt")
	k.Note("")
	k.Say("GET", "/v2/invoices/7", "", "X-Tenant: bolt")
	exercises.Golden(t, "whose", k.String())
}

func TestRowSecurity(t *testing.T) {
	db := exercises.Database(t, tenants, `
		-- snippet: policy
		ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
		ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
		CREATE POLICY own ON invoices USING (tenant = current_setting('app.tenant', true));
		-- end snippet
	`)
	tl := timeline.New(t, db, "one connection of the pool")
	const c = "one connection of the pool"
	tl.Do(c, "SELECT count(*) FROM invoices")
	tl.Do(c, "BEGIN")
	tl.Do(c, "SET LOCAL app.tenant = 'bolt'")
	tl.Do(c, "SELECT id FROM invoices")
	tl.Do(c, "COMMIT")
	tl.Do(c, "SELECT count(*) FROM invoices")
	tl.Do(c, "SET app.tenant = 'bolt'")
	tl.Do(c, "SELECT count(*) FROM invoices")
	require.NotEmpty(t, tl.String())
	exercises.Golden(t, "row-security", tl.String())
}
