package errorsareapi_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	api "workbook/exercises/02-go-in-depth/01-errors-are-api"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// The records that were written, a line of JSON for each.
var (
	logs   bytes.Buffer
	logger = slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
)

const valid = `{"email":"max@example.com","name":"Max","plan":"free"}`
const isError, isOurs = `"level":"ERROR"`, `"logger":"the one that New was given"`

// with returns the records that have this text.
func with(text string, records []string) []string {
	return slices.DeleteFunc(slices.Clone(records), func(r string) bool { return !strings.Contains(r, text) })
}

// ask sends a request, and returns its answer and the records that it leaves.
func (s *site) ask(method, path, body string) (wire.Answer, []string) {
	slog.SetDefault(logger.With("logger", "the default one")) // package log follows
	log := logger.With("logger", "the one that New was given")
	server := wire.Serve(s.t, guard.Call(s.t, func() http.Handler { return api.New(s.pool, log) }))
	logs.Reset()
	return server.SendJSON(s.t, method, path, body), strings.SplitAfter(logs.String(), "\n")
}

// The inside: names of tables and constraints, SQL, and the texts of the database and of pgx.
var inside = []string{"crm_", "INSERT INTO", "SELECT id", "duplicate key value", "Key (", "no rows in result set"}

func TestAnswer(t *testing.T) {
	is := func(name, method, path, body string, status, users int, has ...string) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			a, records := s.ask(method, path, body)
			require.Equalf(t, status, a.Status, "the status. %s", a.Story())
			for _, text := range has {
				require.Containsf(t, a.Body, text, "the body has all of %q. %s", has, a.Story())
			}
			problem.Clean(t, a, inside...)
			require.Equalf(t, users, dbtest.Value[int](s.DB, `SELECT count(*) FROM crm_users`), "users in the table; there were two. %s", a.Story())
			require.Emptyf(t, with(isError, records), "records of level ERROR; the program has done what it should. %s", a.Story())
		})
	}
	is("201_for_a_new_user", "POST", "/users", valid, 201, 3, "max@example.com")
	is("200_for_a_user_who_is_there", "GET", "/users/1", "", 200, 2, "ada@example.com")
	is("404_for_one_who_is_not", "GET", "/users/77", "", 404, 2)
	is("409_for_an_address_that_is_taken", "POST", "/users", `{"email":"ada@example.com","name":"Ada","plan":"free"}`, 409, 2)
	is("422_for_a_plan_that_is_not_there", "POST", "/users", `{"email":"max@example.com","name":"Max","plan":"gold"}`, 422, 2)
	is("422_with_the_wrong_fields", "POST", "/users", `{"email":"max","name":"","plan":"free"}`, 422, 2, "email", "malformed", "name", "required")
}

func TestFailure(t *testing.T) {
	is := func(name, method, path string, status int, says string, breaks func(s *site)) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			breaks(s)
			a, records := s.ask(method, path, valid)
			require.Equalf(t, status, a.Status, "the status. %s", a.Story())
			problem.Clean(t, a, append(inside, says, s.Name())...)
			story := fmt.Sprintf("%s\n\nrecords:\n%s", a.Story(), strings.Join(records, ""))
			found := with(isError, records)
			require.Truef(t, len(found) == 1, "a failed request leaves one record of level ERROR. There are %d. %s", len(found), story)
			require.Truef(t, len(with(says, with(isOurs, found))) == 1, "that record comes from the logger that New was given, and has the text of the database's error: %q. %s", says, story)
			require.Truef(t, len(with(says, records)) == 1, "the text of the database's error, %q, is in that record alone. %s", says, story)
		})
	}
	ledger := "ledger " + seed.New(t).Canary() + " is closed"
	is("500_when_a_trigger_refuses", "POST", "/users", 500, ledger, func(s *site) {
		s.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '` + ledger + `'; END $$`)
		s.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON crm_users FOR EACH ROW EXECUTE FUNCTION refuse()`)
	})
	is("500_when_a_table_is_gone", "GET", "/users/1", 500, "does not exist", func(s *site) {
		s.Exec(`ALTER TABLE crm_users RENAME TO crm_people`)
	})
	is("503_when_there_are_too_many_connections", "POST", "/users", 503, "too many connections", (*site).allowNoConnections)
}
