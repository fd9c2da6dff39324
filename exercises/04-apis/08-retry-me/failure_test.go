package retryme_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	retryme "workbook/exercises/04-apis/08-retry-me"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/wire"
)

func TestFailure(t *testing.T) {
	// again sends a request once more, to another copy, and requires that it pays now.
	again := func(s *service, a program, story string, q request) wire.Answer {
		s.t.Helper()
		a.Idle(s.t)
		s.quiet(a.name)
		answer := s.start("copy B").pays(story+"\nThen the same request came again, and nothing was wrong any more.", q)
		s.paid(1, story+"\nThen the same request came again.")
		return answer
	}
	// beforeAndAfter makes next fail before it has paid, and when it has paid and has begun to answer.
	beforeAndAfter := func(s *service, fail func() error) map[string]retryme.Handler {
		return map[string]retryme.Handler{
			"before it had done anything": func(http.ResponseWriter, *http.Request, pgx.Tx) error { return fail() },
			"when it had paid and begun to answer": func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error {
				if err := s.pay(w, r, tx); err != nil {
					return err
				}
				return fail()
			},
		}
	}
	t.Run("next_returns_an_error", func(t *testing.T) {
		s := open(t)
		canary := s.random.Canary()
		for when, next := range beforeAndAfter(s, func() error { return errors.New("call the bank: " + canary) }) {
			s.Exec(`DELETE FROM payments`)
			a, q := s.start("copy A"), s.fresh()
			s.does(next)
			answer := a.try(q)
			s.does(s.pay)
			story := "Next returned an error, " + when + "."
			s.refuses(story, answer, 500)
			problem.Clean(t, answer, canary, `"to"`)
			require.Emptyf(t, answer.Header.Get("Location"), "%s Nothing of its answer gets out.\n%s", story, answer.Story())
			s.paid(0, story)
			again(s, a, story, q)
		}
	})
	t.Run("next_panics", func(t *testing.T) {
		s := open(t)
		for when, next := range beforeAndAfter(s, func() error { panic("the test has let next panic") }) {
			s.Exec(`DELETE FROM payments`)
			a, q := s.start("copy A"), s.fresh()
			s.does(next)
			answer := a.try(q)
			s.does(s.pay)
			story := "Next panicked, " + when + "."
			require.Truef(t, answer.Cut != nil || answer.Status == 500, "%s The answer is 500, or the connection is closed.\n%s", story, answer.Story())
			s.paid(0, story)
			again(s, a, story, q)
		}
	})
	t.Run("next_answers_with_5xx", func(t *testing.T) {
		s := open(t)
		for _, status := range []int{500, 502, 503} {
			s.Exec(`DELETE FROM payments`)
			p, q := s.start("copy A"), s.fresh()
			s.answers(func(w http.ResponseWriter) { http.Error(w, fmt.Sprint("not now, in run ", s.runs.Add(1)), status) })
			first := p.try(q)
			require.Equalf(t, status, first.Status, "The status that next has set, and that of the answer.\n%s", first.Story())
			s.does(s.pay)
			second := p.try(q)
			story := fmt.Sprintf("Next has paid and answered with %d. The request came again, and was answered with %d.", status, second.Status)
			if second.Status != http.StatusCreated {
				s.same(story, first, second)
			}
			s.paid(1, story+" Either that answer was kept with its payment, or the payment was undone and made anew.")
		}
	})
	t.Run("the_commit_is_refused", func(t *testing.T) {
		s := open(t)
		s.Exec(`CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the books are closed'; END $$;
			CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit()`)
		a, q := s.start("copy A"), s.fresh()
		answer := a.try(q)
		story := "Next has paid, and then the database refused the commit."
		s.refuses(story, answer, 500, 503)
		problem.Clean(t, answer, "the books are closed")
		s.paid(0, story)
		s.Exec(`DROP TRIGGER audit ON payments`)
		again(s, a, story, q)
	})
	// disturbed sends requests to a copy, each disturbed after another one of its
	// statements, and sends each of them again to another copy. Nobody looks at the
	// first answer when the client is gone, unless it is 201.
	disturbed := func(t *testing.T, story string, gone bool, disturb func(s *service, steps *fault.Steps, n int) (meanwhile func())) {
		s, steps := open(t), fault.NewSteps(t)
		start := func() program {
			return s.start("copy A", dbtest.With(steps), dbtest.Config(func(c *pgxpool.Config) {
				c.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
					if s.down.Load() {
						return errors.New("the copy has crashed")
					}
					return nil
				}
			}))
		}
		start().pays("A payment that nothing disturbs.", s.fresh())
		for n := range steps.Seen() {
			s.Exec(`DELETE FROM payments`)
			s.down.Store(false)
			a, q := start(), s.fresh()
			meanwhile := disturb(s, steps, n+1)
			first := a.try(q)
			story := fmt.Sprintf(story, "\n\n\t"+steps.Text()+"\n\n")
			a.Idle(t)
			s.quiet(a.name)
			meanwhile()
			if first.Status == http.StatusCreated {
				s.paid(1, story+"The answer was 201.")
				s.same(story+"Then the same request came again.", first, again(s, a, story, q))
				continue
			}
			require.Truef(t, gone || first.Status >= 500, "%sThe answer is that of next, or 5xx.\n%s", story, first.Story())
			again(s, a, story+first.Story(), q)
		}
	}
	nothing := func() {}
	t.Run("the_session_ends", func(t *testing.T) {
		disturbed(t, "The database ended the session when it had answered%s", false, func(_ *service, steps *fault.Steps, n int) func() {
			steps.Kill(n)
			return nothing
		})
	})
	t.Run("the_connection_to_the_database_breaks", func(t *testing.T) {
		disturbed(t, "The connection broke when the database had done%sand before it could say so. ", false, func(_ *service, steps *fault.Steps, n int) func() {
			steps.LoseReply(n)
			return nothing
		})
	})
	t.Run("the_client_gives_up", func(t *testing.T) {
		disturbed(t, "The client was gone, and the request's context ended, after%s", true, func(s *service, steps *fault.Steps, n int) func() {
			steps.After(n, func() { (*s.cancel.Load())() })
			return nothing
		})
	})
	t.Run("the_copy_crashes", func(t *testing.T) {
		disturbed(t, "The copy crashed after%sand 23 hours passed. ", true, func(s *service, steps *fault.Steps, n int) func() {
			steps.After(n, func() { s.down.Store(true); fault.Kill(t, s.DB, "copy A") })
			return s.later()
		})
	})
	t.Run("the_body_breaks_off", func(t *testing.T) {
		s := open(t)
		a, q := s.start("copy A"), s.fresh()
		r := q.wire(fmt.Sprint("Content-Length: ", len(q.body)))
		r.Body, r.BodyFrom = "", io.MultiReader(strings.NewReader(q.body[:9]), broken{})
		a.Try(t, r)
		r = q.wire("Host: localhost", "Connection: close", "Transfer-Encoding: chunked")
		a.Raw(t, fmt.Sprintf("POST %s HTTP/1.1\r\n%s\r\n\r\n9\r\n%s\r\nthis is no chunk\r\n\r\n", q.path, strings.Join(r.Header, "\r\n"), q.body[:9]))
		a.Idle(t)
		s.paid(0, "A client sent half of a request.")
		again(s, a, "A client sent half of a request.", q)
	})
}

// broken is a body that ends too early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the client is gone") }
