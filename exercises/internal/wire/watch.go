package wire

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// peers are the server's ends of the connections, by the client's address.
type peers struct {
	mu sync.Mutex
	by map[string]*peer
}

// A peer is what the server does with one connection.
type peer struct {
	taken    atomic.Int64 // bytes that it has read
	reported atomic.Bool  // a test has failed because its handler does not return

	mu       sync.Mutex
	request  string        // the one whose handler runs or ran last, such as "GET /slow"
	returned chan struct{} // closed when that handler returns; nil before the first one
}

// of returns the peer of the client at addr, which may not have been accepted yet.
func (ps *peers) of(addr string) *peer {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.by[addr] == nil {
		if ps.by == nil {
			ps.by = map[string]*peer{}
		}
		ps.by[addr] = &peer{}
	}
	return ps.by[addr]
}

// watch notes when h begins and ends. It hands on what it gets, unwrapped: h
// must not see a difference.
func (ps *peers) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, returned := ps.of(r.RemoteAddr), make(chan struct{})
		p.mu.Lock()
		p.request, p.returned = r.Method+" "+r.URL.RequestURI(), returned
		p.mu.Unlock()
		defer close(returned)
		h.ServeHTTP(w, r)
	})
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// idle returns a channel that is closed when no handler runs.
func (p *peer) idle() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.returned == nil {
		return closed
	}
	return p.returned
}

// running returns the request whose handler runs, or "".
func (p *peer) running() string {
	select {
	case <-p.idle():
		return ""
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.request
}

// wait waits until no handler runs, and returns the requests of those that
// still do when the time is over. It leaves out what was reported before.
func (ps *peers) wait(patience time.Duration) []string {
	ps.mu.Lock()
	all := make([]*peer, 0, len(ps.by))
	for _, p := range ps.by {
		all = append(all, p)
	}
	ps.mu.Unlock()
	var running []string
	over := time.After(patience)
	for _, p := range all {
		if p.reported.Load() {
			continue
		}
		select {
		case <-p.idle():
		case <-over:
			over = time.After(0)
			if request := p.running(); request != "" {
				running = append(running, request)
				p.reported.Store(true)
			}
		}
	}
	slices.Sort(running)
	return running
}

// watchedListener counts what the server reads.
type watchedListener struct {
	net.Listener
	peers *peers
	once  sync.Once
	used  chan struct{} // closed when the server has begun to accept connections
}

func (l *watchedListener) Accept() (net.Conn, error) {
	l.once.Do(func() { close(l.used) })
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	_ = tcp.SetWriteBuffer(buffer)
	return watchedConn{tcp, l.peers.of(conn.RemoteAddr().String())}, nil
}

// buffer bounds what the operating system holds between a server that writes
// and a client that does not read, so that the server notices soon.
const buffer = 64 << 10

// watchedConn is a *net.TCPConn in all that the server makes use of.
type watchedConn struct {
	*net.TCPConn
	peer *peer
}

func (c watchedConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.peer.taken.Add(int64(n))
	return n, err
}
