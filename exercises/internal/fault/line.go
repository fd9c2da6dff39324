package fault

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A line is a network connection that can lose what the server says.
type line struct {
	net.Conn
	broken atomic.Bool
}

// Read waits for the server's reply before it throws it away: by then the
// server has done what it was asked.
func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if err == nil && l.broken.Load() {
		_ = l.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// Breakable makes connections whose replies can be lost, by [Steps.LoseReply].
func Breakable(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &line{Conn: conn}, nil
	}
}

func lineOf(conn *pgx.Conn) *line {
	nc := conn.PgConn().Conn()
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	l, _ := nc.(*line)
	return l
}
