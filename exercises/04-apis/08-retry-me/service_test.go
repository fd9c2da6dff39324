package retryme_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	retryme "workbook/exercises/04-apis/08-retry-me"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed keys.sql
var keys string

const payments = `CREATE TABLE payments (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account   text NOT NULL,
	recipient text NOT NULL,
	amount    bigint NOT NULL
)`

// hung counts what has failed because no answer came. There are many leaves, and
// code that waits for itself hangs in most of them: after two, the verdict is
// clear, and the others wait less.
var hung atomic.Int64

// service is a database, and the handler that the copies of the program have in common.
type service struct {
	*dbtest.DB
	t      *testing.T
	random *seed.Rand
	runs   atomic.Int64
	next   atomic.Pointer[retryme.Handler]
	cancel atomic.Pointer[context.CancelFunc] // ends the context of the request that came last
	busy   atomic.Int64                       // requests that are under way
	down   atomic.Bool                        // no copy that crashes can connect any more
}

func open(t *testing.T) *service {
	t.Helper()
	s := &service{DB: dbtest.Load(t, "keys.sql", payments, keys), t: t, random: seed.New(t)}
	s.Exec(fmt.Sprint(`ALTER TABLE payments ALTER id RESTART WITH `, s.random.Between(1000, 1<<40)))
	s.does(s.pay)
	return s
}

// does sets what the program does for a request.
func (s *service) does(next retryme.Handler) { s.next.Store(&next) }

// program is one copy of the program.
type program struct {
	*wire.Server
	s    *service
	name string
}

func (s *service) start(name string, options ...dbtest.Option) program {
	s.t.Helper()
	i := instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) http.Handler {
		account := func(r *http.Request) string {
			account, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
			return account
		}
		return retryme.Idempotent(pool, account, func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error {
			return (*s.next.Load())(w, r, tx)
		})
	}, options...)
	server := wire.Serve(s.t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		s.cancel.Store(&cancel)
		s.busy.Add(1)
		defer s.busy.Add(-1)
		i.App.ServeHTTP(w, r.WithContext(ctx))
	}))
	server.Patience = 4 * time.Second
	if hung.Load() > 1 {
		server.Patience /= 16
	}
	s.t.Cleanup(func() {
		if s.t.Failed() && s.busy.Load() > 0 {
			hung.Add(1)
		}
	})
	return program{server, s, name}
}

// pay makes a payment and answers with it. No two runs have the same answer.
func (s *service) pay(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error {
	var p struct {
		To     string
		Amount int64
	}
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		http.Error(w, "this is no payment in JSON", http.StatusBadRequest)
		return nil
	}
	id, err := s.insert(r, tx, p.To, p.Amount)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Location", fmt.Sprint("/v1/payments/", id))
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id": %d, "to": %q, "amount": %d, "run": %d}`, id, p.To, p.Amount, s.runs.Add(1))
	return nil
}

func (s *service) insert(r *http.Request, tx pgx.Tx, to string, amount int64) (id int64, err error) {
	account, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	err = tx.QueryRow(r.Context(), `INSERT INTO payments (account, recipient, amount) VALUES ($1, $2, $3) RETURNING id`, account, to, amount).Scan(&id)
	return id, err
}

// answers makes next pay and then answer in another way than pay does.
func (s *service) answers(answer func(w http.ResponseWriter)) {
	s.does(func(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error {
		_, err := s.insert(r, tx, "bob", 1)
		if err == nil {
			answer(w)
		}
		return err
	})
}

// later prepares, and the function that it returns does, what makes 23 hours
// pass: each time in the learner's tables becomes earlier. What somebody holds a
// lock on stays as it is.
func (s *service) later() func() {
	updates := dbtest.Column[string](s.DB, `
		SELECT format('UPDATE %I.%I SET ', table_schema, table_name) || string_agg(format('%1$I = %1$I - interval ''23 hours''', column_name), ', ')
		FROM information_schema.columns
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> 'payments' AND data_type LIKE 'timestamp%'
		GROUP BY table_schema, table_name`)
	return func() {
		for _, update := range updates {
			_ = s.Try(`SET lock_timeout = '20ms'; ` + update)
		}
	}
}

// request is what a client sends, and sends again.
type request struct{ account, key, method, path, body string }

// fresh is a request with a key that was never used.
func (s *service) fresh() request {
	key := fmt.Sprintf("%08x-%s", s.random.Uint32(), s.random.Word())
	return request{"ann", `"` + key + `"`, "POST", "/v1/payments", fmt.Sprintf(`{"to": "bob", "amount": %d}`, s.random.Between(1, 1e6))}
}

func (q request) wire(header ...string) wire.Request {
	header = append([]string{"Content-Type: application/json", "Authorization: Bearer " + q.account + ".t1", "Idempotency-Key: " + q.key}, header...)
	return wire.Request{Method: q.method, Path: q.path, Header: header, Body: q.body}
}

// try sends a request whose answer may be missing.
func (p program) try(q request) wire.Answer { return p.Try(p.s.t, q.wire()) }

// pays sends a request that is answered with a new payment, or with one of before.
func (p program) pays(story string, q request) wire.Answer {
	p.s.t.Helper()
	a := p.try(q)
	require.Equalf(p.s.t, http.StatusCreated, a.Status, "%s\nThe answer is that of a payment.\n%s", story, a.Story())
	return a
}

// paid requires that there are so many payments.
func (s *service) paid(n int, story string) {
	s.t.Helper()
	require.Equalf(s.t, n, dbtest.Value[int](s.DB, `SELECT count(*) FROM payments`), "%s\nPayments in the table:", story)
}

// refuses requires a problem with one of the statuses.
func (s *service) refuses(story string, a wire.Answer, statuses ...int) {
	s.t.Helper()
	require.Containsf(s.t, statuses, a.Status, "%s\nThe statuses that the contract allows, and the status that came:\n%s", story, a.Story())
	problem.Of(s.t, a, statuses...)
}

// headers are those of an answer that do not come from the connection.
func headers(a wire.Answer) http.Header {
	h := a.Header.Clone()
	for _, name := range []string{"Date", "Connection", "Content-Length", "Transfer-Encoding", "Idempotent-Replayed"} {
		h.Del(name)
	}
	return h
}

// same requires that a retry has got the first answer.
func (s *service) same(story string, first, again wire.Answer) {
	s.t.Helper()
	require.Equalf(s.t, first.Status, again.Status, "%s\nThe status of the first answer, and of the second one:\n%s", story, again.Story())
	require.Equalf(s.t, headers(first), headers(again), "%s\nThe headers of the first answer, and of the second one:\n%s", story, again.Story())
	require.Equalf(s.t, first.Body, again.Body, "%s\nThe body of the first answer, and of the second one:\n%s", story, again.Story())
}
