package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/proc"
	"workbook/exercises/internal/wire"
)

const (
	bound = 20 * time.Second // for programs that hang
	never = "1h"             // a delay or a limit that no test reaches
	// grace is how long something under way is held back, so that a program that does not wait for it has the time to end.
	// Shutdown of net/http looks after half a second, at the latest, whether requests are under way. Right programs only lose this time.
	grace = 1200 * time.Millisecond
)

// An upstream is a server that the shop calls, and that the test owns.
type upstream struct {
	what    string // what the shop sends there
	url     string
	entered chan string // the names, as they come
	open    chan struct{}
	release func() // from then on it answers

	mu   sync.Mutex
	took []string
}

func newUpstream(t *testing.T, what string) *upstream {
	u := &upstream{what: what, entered: make(chan string, 1000), open: make(chan struct{})}
	u.release = sync.OnceFunc(func() { close(u.open) })
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		u.entered <- path.Base(r.URL.Path)
		select {
		case <-r.Context().Done(): // the shop has given up
		case <-u.open:
			u.mu.Lock()
			defer u.mu.Unlock()
			u.took = append(u.took, path.Base(r.URL.Path))
		}
	}))
	t.Cleanup(server.Close)
	u.url = server.URL
	return u
}

// has checks what has been answered, when the program has ended.
func (u *upstream) has(t *testing.T, story string, names ...string) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	slices.Sort(u.took)
	slices.Sort(names)
	require.Equal(t, names, u.took, "%s. These are the orders whose %s has arrived", story, u.what)
}

// A shop is the program, running.
type shop struct {
	*proc.Process
	web        *wire.Server
	bank, mail *upstream
}

// start starts a program whose bank and mail server hold everything until they
// are released. The last of several settings counts.
func start(t *testing.T, program *proc.Program, settings ...string) *shop {
	t.Helper()
	s := &shop{bank: newUpstream(t, "payment"), mail: newUpstream(t, "confirmation")}
	s.Process = program.Start(t, proc.Env("ADDR=127.0.0.1:0", "BANK_URL="+s.bank.url, "MAIL_URL="+s.mail.url, "DRAIN_DELAY=0s", "LEAVE_WITHIN="+never,
		"GORACE=atexit_sleep_ms=0"), proc.Env(settings...))
	addr := s.Line("The program promises to say where it listens", `^listening on (127\.0\.0\.1:[1-9]\d*)\r?$`)[1]
	s.web = wire.At(t, addr)
	s.web.Patience = bound
	return s
}

// until polls, for as long as code may need on a busy machine.
func (s *shop) until(t *testing.T, promise string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience.Of(bound)); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			patience.Lost()
			t.Fatalf("%s. It did not come to that.%s", promise, s.said())
		}
	}
}

// order sends an order, and returns when the bank has it.
func (s *shop) order(t *testing.T, name string) *wire.Pending {
	t.Helper()
	order := s.web.Start(t, wire.Request{Method: "POST", Path: "/orders/" + name})
	s.reaches(t, s.bank, name, "An order promises to be paid at the bank")
	return order
}

// reaches waits until the call for a name has come to an upstream.
func (s *shop) reaches(t *testing.T, u *upstream, name, promise string) {
	t.Helper()
	s.until(t, promise, func() bool {
		select {
		case got := <-u.entered:
			require.Equal(t, name, got, "%s. This %s came to the upstream first", promise, u.what)
			return true
		default:
			if !s.Running() {
				t.Fatalf("%s. The program ended before the %s was sent.%s", promise, u.what, s.said())
			}
			return false
		}
	})
}

// paid checks the answer to an order.
func (s *shop) paid(t *testing.T, order *wire.Pending, story string) {
	t.Helper()
	a := order.Try(t)
	if a.Cut != nil || a.Status != http.StatusCreated {
		t.Fatalf("%s. The client is promised 201; it got this.\n%s%s", story, a.Story(), s.said())
	}
}

// closes waits until connections are refused.
func (s *shop) closes(story string) {
	s.Refuses(story+". The program promises to take no new connections then", s.web.Addr)
}

// stays checks that the program does not end while something is held back.
func (s *shop) stays(t *testing.T, story string) {
	t.Helper()
	for end := time.Now().Add(grace); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if !s.Running() {
			t.Fatalf("%s. The program promises to wait for that; it has ended.%s", story, s.said())
		}
	}
}

// ends waits for the end of the program.
func (s *shop) ends(t *testing.T, story string) proc.Exit {
	t.Helper()
	s.until(t, story+". The program promises to end", func() bool { return !s.Running() })
	return s.Wait(story)
}

// endsWell checks that the program ends with status 0.
func (s *shop) endsWell(t *testing.T, story string) {
	t.Helper()
	if s.ends(t, story) != (proc.Exit{}) {
		t.Fatalf("%s. The program promises to end with status 0.%s", story, s.said())
	}
}

// complains checks that the program ends by itself, with a status and a reason.
func (s *shop) complains(t *testing.T, story string) {
	t.Helper()
	if exit := s.ends(t, story); exit.Status < 1 || exit.Status > 125 {
		t.Fatalf("%s. The program promises to end with a status from 1 to 125.%s", story, s.said())
	}
	if strings.TrimSpace(s.Stderr()) == "" {
		t.Fatalf("%s. The program promises the reason on stderr.%s", story, s.said())
	}
}

// said tells how the program is, and what it has complained of.
func (s *shop) said() string {
	state := "It is still running."
	if !s.Running() {
		state = fmt.Sprintf("Its end: %v.", s.Wait("it has ended"))
	}
	if text := strings.TrimSpace(s.Stderr()); text != "" {
		return fmt.Sprintf("\n%s Its stderr:\n\n\t%s\n", state, strings.ReplaceAll(text, "\n", "\n\t"))
	}
	return "\n" + state + " Its stderr is empty."
}

// terminate sends the signal of an orchestrator.
func (s *shop) terminate() { s.Signal(syscall.SIGTERM) }
