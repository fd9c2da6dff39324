// Wrong: what was cancelled needs no one to wait for it.
//checker:fails TestReportLeaves/no_request_behind_when_the_database_fails
//checker:hint 1

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

	life    context.Context // the service's own: it ends when Close gives up
	end     context.CancelFunc
	writers sync.WaitGroup // one for each accepted event

	mu     sync.Mutex
	closed bool
	failed error // of the first event that could not be written
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	life, end := context.WithCancel(context.Background())
	return &Service{pool: pool, client: client, agency: agency, life: life, end: end}
}

// Report returns what the database and the agency know of a customer. When ctx
// ends, the error says why.
func (s *Service) Report(ctx context.Context, id int64) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		rating string
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		rating, err := s.rating(ctx, id)
		answers <- answer{rating, err}
	}()
	var r Report
	err := s.pool.QueryRow(ctx, `SELECT name, spent FROM customers WHERE id = $1`, id).Scan(&r.Name, &r.Spent)
	if err != nil {
		return Report{}, fmt.Errorf("read customer %d: %w", id, err)
	}
	a := <-answers
	if a.err != nil {
		return Report{}, fmt.Errorf("ask for the rating of customer %d: %w", id, a.err)
	}
	r.Rating = a.rating
	return r, nil
}

func (s *Service) rating(ctx context.Context, id int64) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/ratings/%d", s.agency, id), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set(TraceHeader, Trace(ctx))
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("agency answered %s", resp.Status)
	}
	var answer struct{ Rating string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return answer.Rating, nil
}

// AuditAsync accepts an event, which is then written in the background, with the
// trace id of ctx, or returns ErrClosed.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	s.mu.Lock() // so that no writer is added once Close waits for them
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.writers.Go(func() { s.write(ctx, e) })
	return nil
}

// write needs the values of the request's context, and the life of the service's.
func (s *Service) write(ctx context.Context, e Event) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	_, err := s.pool.Exec(ctx, `INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)`, Trace(ctx), e.Actor, e.Action)
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = fmt.Errorf("write event of %s: %w", e.Actor, err)
	}
}

// Close accepts no more events and waits for those it has accepted, until ctx ends.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	defer context.AfterFunc(ctx, s.end)()
	s.writers.Wait()
	s.end()
	if s.failed != nil && ctx.Err() != nil {
		return fmt.Errorf("close: %w: %w", ctx.Err(), s.failed)
	}
	return s.failed
}
