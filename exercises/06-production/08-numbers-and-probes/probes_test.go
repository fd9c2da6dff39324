package numbers_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/wire"
)

const (
	works = iota
	cut   // every connection is closed, the new ones at once
	hole  // bytes go in and none comes out
)

// proxy is the way from pools to the database.
type proxy struct {
	net.Listener
	held chan bool // something was sent into the hole

	mu    sync.Mutex
	state int
	moved *sync.Cond
	conns []net.Conn
	dial  func() (net.Conn, error)
}

func newProxy(t *testing.T) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{Listener: l, held: make(chan bool, 1)}
	p.moved = sync.NewCond(&p.mu)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

// pool opens a pool whose connections go through the proxy.
func (p *proxy) pool(t *testing.T, db *dbtest.DB) *pgxpool.Pool {
	pool := db.Pool(dbtest.MaxConns(4), dbtest.Config(func(c *pgxpool.Config) {
		dial := c.ConnConfig.DialFunc
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			p.mu.Lock()
			p.dial = func() (net.Conn, error) { return dial(context.Background(), network, addr) }
			p.mu.Unlock()
			return new(net.Dialer).DialContext(ctx, "tcp", p.Addr().String())
		}
		c.ConnConfig.ConnectTimeout = 0                                                      // the pool has no limit of its own
		c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // whoever wants to know asks
	}))
	t.Cleanup(func() { p.turn(cut); _ = p.Close() }) // before the pool is closed
	return pool
}

// turn changes what the proxy does.
func (p *proxy) turn(state int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
	if state == cut {
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.conns = nil
	}
	p.moved.Broadcast()
}

func (p *proxy) serve(client net.Conn) {
	p.mu.Lock()
	dial, state := p.dial, p.state
	p.mu.Unlock()
	if state == cut {
		_ = client.Close()
		return
	}
	server, err := dial()
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	go p.copy(client, server)
	p.copy(server, client)
}

func (p *proxy) copy(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 8192)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		for p.state == hole {
			if n > 0 {
				select {
				case p.held <- true:
				default:
				}
			}
			p.moved.Wait()
		}
		closed := p.state == cut
		p.mu.Unlock()
		if err != nil || closed {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// until tries until it is true.
func until(t *testing.T, promise string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience.Of(20 * time.Second)); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			patience.Lost()
			t.Fatal(promise)
		}
	}
}

func (m *monitored) probe(path string, status int, story string) {
	m.t.Helper()
	a := m.admin.Get(m.t, path)
	require.Equalf(m.t, status, a.Status, "%s The status of %s:\n%s", story, path, a.Story())
}

func behind(t *testing.T, timeout time.Duration) (*monitored, *proxy, *pgxpool.Pool) {
	p := newProxy(t)
	pool := p.pool(t, dbtest.New(t))
	return monitor(t, pool, timeout, nil), p, pool
}

const soon = 30 * time.Millisecond // a timeout that is to pass

func TestAdmin(t *testing.T) {
	t.Run("is_not_for_the_public", func(t *testing.T) {
		m := monitor(t, nil, time.Minute, routes{"GET /orders": nothing})
		for _, path := range []string{"/metrics", "/livez", "/readyz"} {
			a := wire.Serve(t, m.public).Get(t, path)
			require.Equalf(t, 404, a.Status, "The public handler does what its mux does, and its mux does not know %s.\n%s", path, a.Story())
		}
	})
	t.Run("has_metrics_without_a_database", func(t *testing.T) {
		m, p, pool := behind(t, time.Minute)
		require.NoError(t, pool.Ping(t.Context()))
		p.turn(hole)
		s := m.scrape() // the connection is idle, and nothing comes back on it
		require.EqualValuesf(t, 1, s.sum("db_pool_connections", "state", "idle"), "The pool has an idle connection. The metrics:\n\n%s\n\nThe idle ones among them:", s)
	})
}

func TestLivez(t *testing.T) {
	for name, state := range map[string]int{"is_200": works, "is_200_when_the_database_is_cut_off": cut, "is_200_when_the_database_does_not_answer": hole} {
		t.Run(name, func(t *testing.T) {
			m, p, pool := behind(t, soon)
			require.NoError(t, pool.Ping(t.Context()))
			p.turn(state)
			m.probe("/livez", http.StatusOK, "Whether the program is alive does not depend on the database.")
		})
	}
	t.Run("is_200_when_no_connection_is_free", func(t *testing.T) {
		m, _, pool := behind(t, soon)
		for range 4 {
			c, err := pool.Acquire(t.Context())
			require.NoError(t, err)
			defer c.Release()
		}
		m.probe("/livez", http.StatusOK, "Whether the program is alive does not depend on the database. All connections of the pool are in use.")
	})
}

func TestReadyz(t *testing.T) {
	t.Run("is_200_as_often_as_asked", func(t *testing.T) {
		m, _, pool := behind(t, time.Minute)
		for range 10 {
			m.probe("/readyz", http.StatusOK, "The database answers.")
			require.Zero(t, pool.Stat().AcquiredConns(), "/readyz was asked and has answered. So many connections of the pool are still in use:")
		}
	})
	t.Run("is_503_when_the_database_is_cut_off", func(t *testing.T) {
		m, p, _ := behind(t, time.Minute)
		m.probe("/readyz", http.StatusOK, "The database answers.")
		p.turn(cut)
		m.probe("/readyz", http.StatusServiceUnavailable, "The database was there, and is cut off now.")
	})
	t.Run("is_200_when_the_database_is_back", func(t *testing.T) {
		m, p, pool := behind(t, time.Minute)
		m.probe("/readyz", http.StatusOK, "The database answers.")
		p.turn(cut)
		_ = pool.Ping(t.Context()) // the connection is found to be dead
		p.turn(works)
		until(t, "The database was there, was cut off, and is back. /readyz is 200 again. It was asked again and again, and never was.", func() bool { return m.admin.Get(t, "/readyz").Status == 200 })
	})
	t.Run("is_200_when_the_database_comes_late", func(t *testing.T) {
		p := newProxy(t)
		p.turn(cut)
		m := monitor(t, p.pool(t, dbtest.New(t)), time.Minute, nil)
		m.probe("/readyz", http.StatusServiceUnavailable, "The program has started, and the database is not there yet.")
		p.turn(works)
		until(t, "The program was started before the database. That is there now, so /readyz is 200. It was asked again and again, and never was.", func() bool { return m.admin.Get(t, "/readyz").Status == 200 })
	})
	for name, warm := range map[string]bool{"is_503_when_the_database_does_not_answer": true, "is_503_when_no_connection_can_be_made": false} {
		t.Run(name, func(t *testing.T) {
			m, p, pool := behind(t, soon)
			if warm {
				require.NoError(t, pool.Ping(t.Context()))
			}
			p.turn(hole)
			m.probe("/readyz", http.StatusServiceUnavailable, "Bytes go to the database, and none comes back. /readyz waits for ReadyTimeout.")
		})
	}
	t.Run("waits_as_long_as_it_was_told", func(t *testing.T) {
		p, db := newProxy(t), dbtest.New(t)
		patient, hasty := monitor(t, p.pool(t, db), time.Hour, nil), monitor(t, p.pool(t, db), soon, nil)
		p.turn(hole)
		first := patient.admin.Start(t, wire.Request{Path: "/readyz"})
		guard.Run(t, func() { <-p.held })
		hasty.probe("/readyz", http.StatusServiceUnavailable, "Bytes go to the database, and none comes back. The ReadyTimeout is 30 ms.")
		p.turn(works)
		a := first.Answer(t)
		require.Equalf(t, http.StatusOK, a.Status, "A Monitor with a ReadyTimeout of an hour asked a database that did not answer. Then one with 30 ms did, and gave up. Then the database answered.\nThe first had time enough.\n%s", a.Story())
	})
}
