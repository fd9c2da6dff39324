package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Bounds on a local start.
const (
	localTimeout = 20 * time.Second
	portAttempts = 5
)

// local runs the PostgreSQL that is installed on this machine, on a new cluster in a temporary
// folder: never on one that exists.
type local struct {
	runs  runFolders
	cache string
}

func (l *local) clear(ctx context.Context) error { return l.runs.clear(ctx) }

func (l *local) start(ctx context.Context, say func(string)) (instance, error) {
	bin, err := newestBinaries(ctx, os.Getenv("PATH"), usualPlaces)
	if err != nil {
		return instance{}, err
	}
	who, err := serverIdentity()
	if err != nil {
		return instance{}, err
	}
	c := clusters{bin, l.cache, who}
	in, err := l.run(ctx, c, say)
	if err != nil && ctx.Err() == nil {
		// The stored cluster may be damaged: once more with a new one.
		err = errors.Join(err, l.clear(ctx), c.forget())
		var again error
		if in, again = l.run(ctx, c, say); again == nil {
			return in, nil
		}
	}
	return in, err
}

// run starts postgres on a new cluster.
func (l *local) run(ctx context.Context, c clusters, say func(string)) (instance, error) {
	run, err := l.runs.make(c.who)
	if err != nil {
		return instance{}, err
	}
	password, err := c.fill(ctx, run, say)
	if err != nil {
		return instance{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	in, err := launchSomewhere(ctx, c, run, password)
	if err != nil {
		return instance{}, err
	}
	in.url, err = changePassword(ctx, in.url)
	in.detail = c.bin.label + ", from " + c.bin.dir
	if c.who != nil {
		in.detail += ", as user " + c.who.name
	}
	return in, err
}

// launchSomewhere starts postgres on a port that is free. Between choosing a port and the
// server's opening it somebody else may take it: then it tries another.
func launchSomewhere(ctx context.Context, c clusters, run, password string) (instance, error) {
	var errs []error
	for range portAttempts {
		port, err := freePort()
		if err != nil {
			return instance{}, err
		}
		gone, err := launch(ctx, c, run, port)
		if err != nil {
			return instance{}, err
		}
		url := serverURL(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), password)
		if _, err = awaitReady(ctx, gone, url); err == nil {
			return instance{url: url, gone: gone}, nil
		}
		errs = append(errs, fmt.Errorf("start postgres on port %d: %w: %s", port, err, serverLog(run)))
		if !ended(gone) {
			break // not a matter of the port
		}
	}
	return instance{}, errors.Join(errs...)
}

// freePort returns a loopback port that nobody listens on; never PostgreSQL's own.
func freePort() (int, error) {
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		if port != 5432 {
			return port, nil
		}
	}
}

// changePassword gives the server a password of its own and returns the URL that has it. The
// stored cluster's is known to every server that was copied from it.
func changePassword(ctx context.Context, url string) (string, error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return "", fmt.Errorf("change the password: %w", err)
	}
	defer closeConn(ctx, conn)
	password := newPassword()
	if _, err := conn.Exec(ctx, `ALTER ROLE `+superuser+` PASSWORD '`+password+`'`); err != nil {
		return "", fmt.Errorf("change the password: %w", err)
	}
	cfg := conn.Config()
	return serverURL(net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port))), password), nil
}

func ended(gone <-chan struct{}) bool {
	select {
	case <-gone:
		return true
	default:
		return false
	}
}
