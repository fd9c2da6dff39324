package errorsafrontendcanuse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	problems "workbook/exercises/04-apis/06-errors-a-frontend-can-use"
)

// patience bounds every wait for the learner's code. Nothing takes that long.
const patience = 10 * time.Second

// logs is what package log and the default logger of log/slog have written.
var logs lockedBuffer

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(&logs, nil))) // package log follows
	m.Run()
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// canary is a word that appears nowhere else.
func canary() string { return fmt.Sprintf("canary%d", rand.Uint64()) }

// wrapped is how an app uses the two middlewares.
func wrapped(h http.HandlerFunc) http.Handler { return problems.Recover(problems.Problems(h)) }

// serve runs h behind a real server and returns its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	return serveSpied(t, new(lockedBuffer), h)
}

// serveSpied is serve, and copies to sent what leaves the server.
func serveSpied(t *testing.T, sent *lockedBuffer, h http.Handler) string {
	t.Helper()
	require.NotNil(t, h, "a middleware returned a nil http.Handler")
	server := httptest.NewUnstartedServer(h)
	server.Listener = spy{server.Listener, sent}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

type spy struct {
	net.Listener
	sent *lockedBuffer
}

func (s spy) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	return spiedConn{conn, s.sent}, err
}

type spiedConn struct {
	net.Conn
	sent *lockedBuffer
}

func (c spiedConn) Write(p []byte) (int, error) {
	c.sent.Write(p)
	return c.Conn.Write(p)
}

// client uses a new connection for each request and follows no redirects.
var client = &http.Client{
	Timeout:       patience,
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what arrived at the client.
type answer struct {
	status int
	header http.Header
	body   string
	cut    error // why the body, or all of the answer, did not arrive in full
}

// get asks h, and accepts no answer that was cut off.
func get(t *testing.T, h http.Handler) answer {
	t.Helper()
	a := send(t, http.MethodGet, serve(t, h))
	require.NoError(t, a.cut, "the server closed the connection in the middle of its answer %d %q", a.status, a.body)
	return a
}

func send(t *testing.T, method, url string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err != nil {
		return answer{cut: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(body), cut: err}
}

// write asks a handler that does nothing but call WriteProblem with p.
func write(t *testing.T, p problems.Problem) answer {
	t.Helper()
	return get(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { problems.WriteProblem(w, p) }))
}

// members decodes the body of a problem.
func (a answer) members(t *testing.T) map[string]any {
	t.Helper()
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &members), "the body of a problem is one JSON object; the answer was %d %q", a.status, a.body)
	return members
}

// waitFor fails the test when event does not come.
func waitFor(t *testing.T, event <-chan struct{}, story string) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		require.FailNow(t, story)
	}
}
