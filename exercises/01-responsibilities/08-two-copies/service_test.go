package twocopies_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	twocopies "workbook/exercises/01-responsibilities/08-two-copies"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

// service is a database and the copies of the program that run on it.
type service struct {
	*dbtest.DB
	t      *testing.T
	random *seed.Rand

	mu    sync.Mutex
	next  []string // codes that NewCode returns before it makes some up
	codes int
}

func open(t *testing.T) *service {
	return &service{DB: dbtest.New(t, schema), t: t, random: seed.New(t)}
}

// app is what NewApp returns, as one value.
type app struct {
	http.Handler
	io.Closer
}

// program is one copy of the program, as its clients see it.
type program struct {
	*wire.Server
	s      *service
	copies instances.Instance[*app]
}

// start starts a copy whose clock is ahead by so much.
func (s *service) start(name string, ahead time.Duration, options ...dbtest.Option) program {
	s.t.Helper()
	i := instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) *app {
		handler, closer := twocopies.NewApp(pool, twocopies.Config{
			NewCode: s.newCode,
			Now:     func() time.Time { return time.Now().Add(ahead) },
		})
		if handler == nil || closer == nil {
			return nil
		}
		return &app{handler, closer}
	}, options...)
	return program{wire.Serve(s.t, i.App), s, i}
}

// two starts two copies, whose clocks agree.
func (s *service) two(options ...dbtest.Option) (a, b program) {
	s.t.Helper()
	return s.start("copy A", 0, options...), s.start("copy B", 0, options...)
}

func (s *service) newCode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 0 {
		code := s.next[0]
		s.next = s.next[1:]
		return code
	}
	s.codes++
	return fmt.Sprintf("code%04d", s.codes)
}

// later makes everything that the tables know of older.
func (s *service) later(seconds int) {
	s.Exec(`UPDATE links SET created_at = created_at - $1 * interval '1 second'`, seconds)
	s.Exec(`UPDATE limits SET at = at - $1 * interval '1 second'`, seconds)
}

func (p program) create(key, url string) wire.Answer {
	p.s.t.Helper()
	body, err := json.Marshal(map[string]string{"url": url})
	require.NoError(p.s.t, err)
	return p.SendJSON(p.s.t, "POST", "/links", string(body), "X-API-Key: "+key)
}

// created requires that the answer is 201, and returns the code.
func (s *service) created(a wire.Answer, story string) string {
	s.t.Helper()
	require.Equalf(s.t, http.StatusCreated, a.Status, "%s\n%s", story, a.Story())
	return wire.JSON[struct {
		Code string `json:"code"`
	}](s.t, a).Code
}

// refused requires that the answer is 429 and says when to come again.
func (s *service) refused(a wire.Answer, story string) {
	s.t.Helper()
	require.Equalf(s.t, http.StatusTooManyRequests, a.Status, "%s\n%s", story, a.Story())
	wait := a.RetryAfter(s.t)
	require.Truef(s.t, time.Second <= wait && wait <= time.Minute, "%s Retry-After is 1 to 60 seconds; here it is %v.\n%s", story, wait, a.Story())
}

func (p program) change(key, code, url string) wire.Answer {
	p.s.t.Helper()
	body, err := json.Marshal(map[string]string{"url": url})
	require.NoError(p.s.t, err)
	return p.SendJSON(p.s.t, "PUT", "/links/"+code, string(body), "X-API-Key: "+key)
}

// leads requires that the link redirects to a URL.
func (p program) leads(code, url, story string) {
	p.s.t.Helper()
	a := p.Get(p.s.t, "/r/"+code)
	require.Containsf(p.s.t, []int{http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect}, a.Status, "%s\n%s", story, a.Story())
	require.Equalf(p.s.t, url, a.Location(p.s.t).String(), "%s\n%s", story, a.Story())
}

type link struct {
	URL  string `json:"url"`
	Hits int64  `json:"hits"`
}

func (p program) show(code string) link {
	p.s.t.Helper()
	a := p.Get(p.s.t, "/links/"+code)
	require.Equalf(p.s.t, http.StatusOK, a.Status, "the link is there\n%s", a.Story())
	return wire.JSON[link](p.s.t, a)
}

func (p program) stop() {
	p.s.t.Helper()
	require.NoErrorf(p.s.t, p.copies.Stop(), "%s is closed in good order", p.copies.Name)
}
