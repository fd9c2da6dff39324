package login_test

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	login "workbook/exercises/05-security/02-login"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// hasher is a cheap Hasher that remembers its calls. Its hashes say nothing;
// those that begin with old are out of date.
type hasher struct {
	mu       sync.Mutex
	made     map[string]string // hash: password
	hashed   int               // calls of Hash
	verified []string          // the hash of each call of Verify
	failing  bool              // Hash returns an error
	during   func()            // what happens while Hash is at work
}

func (h *hasher) Hash(password string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hashed++
	if h.during != nil {
		h.during()
	}
	if h.failing {
		return "", errors.New("no memory for a hash")
	}
	return h.hash("new", password), nil
}

func (h *hasher) hash(kind, password string) string {
	hash := fmt.Sprintf("%s-hash-%03d", kind, len(h.made))
	h.made[hash] = password
	return hash
}

func (h *hasher) Verify(password, hash string) (ok, rehash bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verified = append(h.verified, hash)
	of, known := h.made[hash]
	if !known {
		return false, false, errors.New("this is no hash")
	}
	return of == password, strings.HasPrefix(hash, "old"), nil
}

// shop is a database with accounts, and the Hasher and the log of all copies
// of the program that run on it.
type shop struct {
	*dbtest.DB
	*hasher
	t        *testing.T
	password string // of every account, unless it was added with another one
	logged   bytes.Buffer
	log      *slog.Logger // to logged
	maxWait  time.Duration
}

// kim has an account, whose address is stored as "Kim.Lee@Example.org".
const kim = "kim.lee@example.org"

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{DB: dbtest.New(t, schema), hasher: &hasher{made: map[string]string{}}, t: t, password: seed.New(t).Canary(), maxWait: 10 * time.Second}
	s.log = slog.New(slog.NewTextHandler(&s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.add("ann@example.org", "new", "Ann's password")
	s.add("Kim.Lee@Example.org", "new", s.password)
	s.add("old@example.org", "old", s.password)
	s.add("disabled@example.org", "old", s.password)
	s.add("broken@example.org", "new", s.password)
	s.Exec(`UPDATE users SET disabled = email LIKE 'disabled%', password_hash = CASE WHEN email LIKE 'broken%' THEN 'broken' ELSE password_hash END`)
	return s
}

func (s *shop) add(email, kind, password string) {
	s.Exec(`INSERT INTO users (email, password_hash) VALUES ($1, $2)`, email, s.hash(kind, password))
}

// program is one copy of the program.
type program struct {
	*wire.Server
	s    *shop
	name string
}

func (s *shop) start(options ...dbtest.Option) program { return s.named("the program", options...) }

func (s *shop) named(name string, options ...dbtest.Option) program {
	s.t.Helper()
	i := instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) http.Handler {
		handler, err := guard.Call2(s.t, func() (http.Handler, error) {
			return login.New(pool, login.Config{Hasher: s.hasher, Log: s.log, MaxWait: s.maxWait})
		})
		require.NoError(s.t, err, "New makes a login when the Hasher works")
		return handler
	}, options...)
	server := wire.Serve(s.t, i.App)
	server.Patience = 4 * time.Second
	if hung.Load() {
		server.Patience = 250 * time.Millisecond
	}
	return program{server, s, name}
}

// hung says that a login was not answered. There are many leaves, and such a
// program hangs in most of them, so they do not all wait for long.
var hung atomic.Bool

func (p program) login(email, password string, header ...string) (a wire.Answer) {
	p.s.t.Helper()
	defer func() {
		if a.Status == 0 {
			hung.Store(true)
		}
	}()
	return p.SendJSON(p.s.t, "POST", "/login", fmt.Sprintf(`{"email": %s, "password": %s}`, quote(email), quote(password)), header...)
}

// quote makes JSON of a text without characters that Go escapes in another way.
func quote(text string) string {
	return strings.NewReplacer(`\x00`, `\u0000`, `\x`, `\u00`, `\v`, `\u000b`).Replace(fmt.Sprintf("%q", text))
}

// succeeds requires a session of the account.
func (s *shop) succeeds(story, email string, a wire.Answer) (token string) {
	s.t.Helper()
	require.Equalf(s.t, http.StatusOK, a.Status, "%s So the login succeeds.\n%s", story, a.Story())
	token = wire.JSON[struct {
		Token string `json:"token"`
	}](s.t, a).Token
	owners := dbtest.Column[string](s.DB, `SELECT lower(email) FROM users WHERE id IN (SELECT user_id FROM sessions)`)
	require.Containsf(s.t, owners, email, "%s Accounts that have a session:\n%s", story, a.Story())
	return token
}

// refused requires a problem with one of the statuses that tells nothing.
func (s *shop) refused(story string, a wire.Answer, statuses ...int) {
	s.t.Helper()
	require.Containsf(s.t, statuses, a.Status, "%s The contract promises %s; the status is %d.\n%s", story, strings.Join(strings.Fields(strings.Trim(fmt.Sprint(statuses), "[]")), " or "), a.Status, a.Story())
	problem.Of(s.t, a, statuses...)
	problem.Clean(s.t, a, s.password, "throttles", "password_hash", "sessions")
}

// fails requires a failed attempt.
func (s *shop) fails(story string, a wire.Answer) { s.t.Helper(); s.refused(story, a, 401) }

// throttled requires that the answer is 429 and says when to come again.
func (s *shop) throttled(story string, a wire.Answer) {
	s.t.Helper()
	s.refused(story, a, 429)
	wait := a.RetryAfter(s.t)
	require.Truef(s.t, time.Second <= wait && wait <= 15*time.Minute, "%s Retry-After is 1 to 900 seconds; here it is %v.\n%s", story, wait, a.Story())
}

// wrong makes so many attempts for an address that fail, on the copies in turns.
func (s *shop) wrong(n int, email, story string, programs ...program) {
	s.t.Helper()
	for i := range n {
		p := programs[i%len(programs)]
		s.fails(fmt.Sprintf("%s Failure %d in a row for %s, on %s.", story, i+1, email, p.name), p.login(email, "wrong"))
	}
}

// later makes everything that the throttle knows of older.
func (s *shop) later(by time.Duration) {
	s.Exec(`UPDATE throttles SET at = at - $1::interval`, by)
	s.Exec(`UPDATE failures SET at = at - $1::interval`, by)
}

// work counts the calls of Verify and Hash that f leads to.
func (s *shop) work(f func()) (verified, hashed int) {
	before, v := s.hashed, len(s.verified)
	f()
	return len(s.verified) - v, s.hashed - before
}

// sent is an answer as it was sent, but for the two headers that hold a time.
func sent(a wire.Answer) string {
	var lines []string
	for line := range strings.Lines(a.Head) {
		if name, _, _ := strings.Cut(strings.ToLower(line), ":"); name != "date" && name != "retry-after" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "") + a.Raw + a.Extra
}
