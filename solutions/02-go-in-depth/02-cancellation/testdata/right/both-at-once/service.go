// Right: the database and the agency are asked at the same time, in an errgroup; another group has the writers.

// Package cancellation reports on customers, and keeps an audit of who has done what.
package cancellation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// ErrClosed is what AuditAsync returns after Close.
var ErrClosed = errors.New("service is closed")

// Report says what is known of a customer.
type Report struct {
	Name   string
	Spent  int64  // cents
	Rating string // what the agency says
}

// Event is what the audit keeps, besides the trace id of the request.
type Event struct {
	Actor  string
	Action string
}

// Service may be used by several goroutines at once.
type Service struct {
	pool   *pgxpool.Pool
	client *http.Client
	agency string

	mu      sync.Mutex
	closed  bool
	writers errgroup.Group
	give    chan struct{} // closed when Close gives up
	once    sync.Once
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	return &Service{pool: pool, client: client, agency: agency, give: make(chan struct{})}
}

// Report asks both at once. When one fails, the other one is stopped.
func (s *Service) Report(ctx context.Context, id int64) (Report, error) {
	var r Report
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() error {
		return s.pool.QueryRow(bothCtx, `SELECT name, spent FROM customers WHERE id = $1`, id).Scan(&r.Name, &r.Spent)
	})
	both.Go(func() error {
		req, err := http.NewRequestWithContext(bothCtx, http.MethodGet, fmt.Sprintf("%s/ratings/%d", s.agency, id), nil)
		if err != nil {
			return err
		}
		req.Header.Set(TraceHeader, Trace(ctx))
		resp, err := s.client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("agency: %s", resp.Status)
		}
		return json.NewDecoder(resp.Body).Decode(&struct{ Rating *string }{&r.Rating})
	})
	if err := both.Wait(); err != nil {
		if ctx.Err() != nil { // the end of ctx is the reason, whatever it has looked like
			return Report{}, fmt.Errorf("report on %d: %w", id, ctx.Err())
		}
		return Report{}, fmt.Errorf("report on %d: %w", id, err)
	}
	return r, nil
}

// detached has the values of a request's context, and no end of its own.
type detached struct {
	context.Context
	values context.Context
}

func (d detached) Value(key any) any { return d.values.Value(key) }

// AuditAsync starts a writer.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.writers.Go(func() error {
		ctx, cancel := context.WithCancel(detached{context.Background(), ctx})
		done := make(chan error, 1)
		go func() {
			_, err := s.pool.Exec(ctx, `INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)`, Trace(ctx), e.Actor, e.Action)
			done <- err
		}()
		select {
		case err := <-done:
			cancel()
			return err
		case <-s.give:
			cancel()
			return <-done
		}
	})
	return nil
}

// Close waits for the writers.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	written := make(chan error, 1)
	go func() { written <- s.writers.Wait() }()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
	}
	s.once.Do(func() { close(s.give) })
	return errors.Join(ctx.Err(), <-written)
}
