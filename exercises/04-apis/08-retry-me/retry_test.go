package retryme_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/wire"
)

func TestFirst(t *testing.T) {
	t.Run("gets_the_answer_of_next", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		a := p.pays("A payment that was never sent before.", q)
		id := dbtest.Value[int64](s.DB, `SELECT id FROM payments`)
		require.Equalf(t, fmt.Sprint("/v1/payments/", id), a.Header.Get("Location"), "the Location that next has set\n%s", a.Story())
		require.Containsf(t, a.Body, fmt.Sprintf(`{"id": %d, "to": "bob", `, id), "the body that next has written\n%s", a.Story())
	})
	t.Run("is_seen_by_next_as_it_came", func(t *testing.T) {
		s, seen := open(t), make(chan string, 9)
		s.does(func(w http.ResponseWriter, r *http.Request, _ pgx.Tx) error {
			body, err := io.ReadAll(r.Body)
			seen <- fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.URL.Query().Get("a"), " ", r.Header.Get("X-Note"), " ", string(body))
			return err
		})
		q := s.fresh()
		q.method, q.path, q.body = "PATCH", "/v1/payments/7%2F8?a=b%20c", strings.Repeat("a b\n", 50_000)
		sent := "PATCH /v1/payments/7%2F8?a=b%20c b c some text " + q.body
		s.start("copy A").Send(t, q.wire("X-Note: some text"))
		require.NotEmpty(t, seen, "next was called")
		require.Equal(t, sent, <-seen, "method, URL, one parameter, one header and the body as they were sent, and as next has seen them")
	})
}

func TestRetry(t *testing.T) {
	// retried sends a request and sends it again, and requires one payment.
	retried := func(p program, what string) (first, again wire.Answer) {
		s, t := p.s, p.s.t
		t.Helper()
		s.Exec(`DELETE FROM payments`)
		q := s.fresh()
		first, again = p.Send(t, q.wire()), p.Send(t, q.wire())
		s.paid(1, "Next writes a payment and answers with "+what+". The request was sent twice with one key. What next has written is there once.")
		return first, again
	}
	t.Run("pays_once", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		first := p.pays("A payment that was never sent before.", q)
		for range 4 {
			s.same("The request comes again.", first, p.try(q))
		}
		s.paid(1, "A payment was sent five times with one key.")
	})
	t.Run("gets_the_same_status", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for _, status := range []int{200, 201, 202, 204, 205, 226, 303} {
			s.answers(func(w http.ResponseWriter) { w.WriteHeader(status) })
			first, again := retried(p, fmt.Sprint("status ", status))
			require.Equal(t, []int{status, status}, []int{first.Status, again.Status}, "Next has answered with %d. The status of the first answer, and of the second one:", status)
		}
		s.answers(func(http.ResponseWriter) {})
		first, again := retried(p, "nothing at all, which is an empty 200")
		require.Equal(t, []int{200, 200}, []int{first.Status, again.Status}, "Next answers nothing at all, which is an empty 200. The status of the first answer, and of the second one:")
	})
	t.Run("gets_the_same_headers", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		want := http.Header{"Location": {"/v1/payments/17?a=1&b=2"}, "Content-Type": {"application/vnd.pay+json; v=\"2\""}, "Etag": {`W/"a\b"`},
			"Link": {`</v1/payments>; rel="up"`, `</v1/payments/16>; rel="prev"`}, "X-Empty": {""}}
		s.answers(func(w http.ResponseWriter) {
			for name, values := range want {
				w.Header()[name] = values
			}
			w.WriteHeader(201)
		})
		first, again := retried(p, "201 with five headers")
		require.Equalf(t, want, headers(first), "The headers of next, and of the first answer.\n%s", first.Story())
		require.Equalf(t, want, headers(again), "The headers of the first answer, and of the second one.\n%s", again.Story())
	})
	t.Run("gets_the_same_body", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		var bytes []byte
		for n := range 256 {
			bytes = append(bytes, byte(n))
		}
		for what, body := range map[string]string{"an empty body": "", "JSON with white space and a name that comes twice": "{\"b\" : 1.0,\n\t\"a\":[ ], \"a\":2}\n",
			"the bytes 0x00 to 0xFF": string(bytes), "a long text": strings.Repeat(s.random.Word()+" ", 20_000)} {
			s.answers(func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/octet-stream")
				io.WriteString(w, body[:len(body)/3])
				io.WriteString(w, body[len(body)/3:])
			})
			first, again := retried(p, "200 with "+what)
			require.Equal(t, body, first.Body, "Next has written %s. That, and the body of the first answer:", what)
			require.Equal(t, body, again.Body, "Next has written %s. The body of the first answer, and of the second one:", what)
		}
	})
	t.Run("gets_the_same_refusal", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for _, status := range []int{400, 402, 404, 409, 422, 429} {
			s.answers(func(w http.ResponseWriter) { http.Error(w, fmt.Sprint("no, in run ", s.runs.Add(1)), status) })
			what := fmt.Sprint("status ", status)
			first, again := retried(p, what)
			require.Equalf(t, status, first.Status, "The status that next has set, and that of the answer.\n%s", first.Story())
			s.same("Next has answered with "+what+".", first, again)
		}
	})
	t.Run("may_come_to_another_copy", func(t *testing.T) {
		s := open(t)
		a, b := s.start("copy A"), s.start("copy B")
		q := s.fresh()
		first := a.pays("A payment that was never sent before.", q)
		s.same("The request came to copy A, and again to copy B.", first, b.try(q))
		s.same("The request came to copy A, and again to a copy that has just been started.", first, s.start("copy C").try(q))
		s.paid(1, "A payment was sent three times with one key, to three copies.")
	})
	t.Run("may_come_23_hours_later", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		first := p.pays("A payment that was never sent before.", q)
		s.later()()
		s.same("The request comes again after 23 hours.", first, p.try(q))
		s.paid(1, "A payment was sent twice with one key.")
	})
	t.Run("may_have_other_headers", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		first := p.pays("A payment that was never sent before.", q)
		r := q.wire("User-Agent: x/2", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Accept: */*")
		r.Header[1] = "Authorization: Bearer ann.t2"
		s.same("The request comes again, with another token of the same account and other headers.", first, p.Send(t, r))
		s.paid(1, "A payment was sent twice with one key.")
	})
}

func TestKey(t *testing.T) {
	t.Run("is_needed", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		r := q.wire()
		r.Header = r.Header[:2]
		s.refuses("A request without Idempotency-Key.", p.Send(t, r), 400)
		s.paid(0, "A request had no key.")
	})
	t.Run("has_a_form", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		for _, key := range []string{``, `""`, `" "`, `abc`, `'abc'`, `"abc`, `abc"`, `"`, `"a b"`, `"a"b"`, `"a", "b"`, `"a" x`, `"äb"`, `"a;b"`, `"a/b"`, `"a'b"`, `:YWJj:`, `1`, `"` + strings.Repeat("k", 256) + `"`} {
			q.key = key
			s.refuses(fmt.Sprintf("A request with the header line\n\n\tIdempotency-Key: %s\n", key), p.Send(t, q.wire()), 400)
		}
		s.paid(0, "All keys were malformed.")
	})
	t.Run("is_only_one", func(t *testing.T) {
		s := open(t)
		p, q := s.start("copy A"), s.fresh()
		for _, second := range []string{q.key, `"other"`, ``} {
			s.refuses("A request with two header lines Idempotency-Key.", p.Send(t, q.wire("Idempotency-Key: "+second)), 400)
		}
		s.paid(0, "All requests had two keys.")
	})
	t.Run("has_up_to_255_characters_that_all_count", func(t *testing.T) {
		s := open(t)
		p, long := s.start("copy A"), strings.Repeat("k", 254)
		all := []string{"k", "K", "0", "_", "-", "k-", "kk", long + "1", long + "2", "1" + long, "8e03978e-40d5-43e8-bc93-6894a57f9324", "8E03978E-40D5-43E8-BC93-6894A57F9324"}
		q := s.fresh()
		for n, key := range all {
			q.key = `"` + key + `"`
			first := p.pays(fmt.Sprintf("The key %q is new.", key), q)
			s.paid(n+1, fmt.Sprintf("%d payments were sent, each with a key of its own; the last one was %q.", n+1, key))
			s.same("The request comes again.", first, p.try(q))
		}
	})
	t.Run("is_the_account_s_own", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for n, two := range [][4]string{{"ann", "1", "bob", "1"}, {"a", "bc", "ab", "c"}, {"a", "b-c", "a-b", "c"}, {"a", "b_c", "a_b", "c"}} {
			first, second := s.fresh(), s.fresh()
			first.account, first.key, second.account, second.key = two[0], `"`+two[1]+`"`, two[2], `"`+two[3]+`"`
			for range 2 {
				second.body = first.body
				one := p.pays(fmt.Sprintf("Account %s has sent nothing with the key %s before.", first.account, first.key), first)
				story := fmt.Sprintf("Account %s has paid with the key %s. Now account %s sends the same request with the key %s.", first.account, first.key, second.account, second.key)
				other := p.pays(story, second)
				require.NotEqual(t, one.Body, other.Body, "%s\nThe answers are those of two payments.", story)
				s.paid(2*n+2, story)
			}
		}
	})
	t.Run("is_not_for_a_request_that_reads_alike", func(t *testing.T) {
		s := open(t)
		s.does(func(w http.ResponseWriter, _ *http.Request, _ pgx.Tx) error {
			fmt.Fprintf(w, "run %d", s.runs.Add(1))
			return nil
		})
		p, q := s.start("copy A"), s.fresh()
		q.path, q.body = "/v1/refunds?of=1", "23"
		first := p.try(q)
		require.Equalf(t, 200, first.Status, "The first request with its key.\n%s", first.Story())
		for _, other := range []request{{q.account, q.key, q.method, "/v1/refunds?of=12", "3"}, {q.account, q.key, q.method, "/v1/refunds?of=123", ""}, {q.account, q.key, q.method, "/v1/refunds", "?of=123"}} {
			story := fmt.Sprintf("A key was used for %s with the body %q. Now it comes for %s with the body %q.", q.path, q.body, other.path, other.body)
			s.refuses(story, p.Send(t, other.wire()), 422)
			s.same(story+" Then the first request comes again.", first, p.try(q))
		}
	})
	for name, others := range map[string]func(q request) []request{
		"is_not_for_another_body": func(q request) (others []request) {
			for _, body := range []string{`{"to": "bob", "amount": 9007199254740992}`, `{"to": "bob", "amount": 9007199254740993, "note": "x"}`, `{"to": "Bob", "amount": 9007199254740993}`, `{}`, ``} {
				others = append(others, request{q.account, q.key, q.method, q.path, body})
			}
			return others
		},
		"is_not_for_another_url": func(q request) (others []request) {
			for _, path := range []string{"/v1/refunds", "/v1/payments/", "/v1/Payments", "/v1/payments?test=1"} {
				others = append(others, request{q.account, q.key, q.method, path, q.body})
			}
			return others
		},
		"is_not_for_another_method": func(q request) []request {
			return []request{{q.account, q.key, "PATCH", q.path, q.body}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			p, q := s.start("copy A"), s.fresh()
			q.body = `{"to": "bob", "amount": 9007199254740993}`
			first := p.pays("A payment that was never sent before.", q)
			for _, other := range others(q) {
				story := fmt.Sprintf("A key was used for\n\n\t%s %s %s\n\nNow it comes with\n\n\t%s %s %s\n", q.method, q.path, q.body, other.method, other.path, other.body)
				s.refuses(story, p.Send(t, other.wire()), 422)
				s.paid(1, story)
				s.same(story+"\nThen the first request comes again.", first, p.try(q))
			}
		})
	}
}
