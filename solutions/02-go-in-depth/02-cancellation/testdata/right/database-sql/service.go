// Right: the standard library on top of the same pool: database/sql, and a WaitGroup that is waited for with context.AfterFunc.

// Package cancellation reports on customers, and keeps an audit of who has done what.
package cancellation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
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
	db     *sql.DB
	client *http.Client
	agency string

	mu      sync.Mutex
	stops   map[int]context.CancelFunc // one for each event that is not written yet
	next    int
	gaveUp  bool
	closed  bool
	failed  error
	changed *sync.Cond
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	s := &Service{client: client, agency: agency, stops: map[int]context.CancelFunc{}}
	s.db = sql.OpenDB(stdlib.GetPoolConnector(pool))
	s.db.SetMaxIdleConns(0)
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Report returns what the database and the agency know of a customer.
func (s *Service) Report(ctx context.Context, id int64) (r Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = s.db.QueryRowContext(ctx, `SELECT name, spent FROM customers WHERE id = $1`, id).Scan(&r.Name, &r.Spent)
	if err != nil {
		return Report{}, ended(ctx, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/ratings/%d", s.agency, id), nil)
	if err != nil {
		return Report{}, err
	}
	req.Header.Set(TraceHeader, Trace(ctx))
	resp, err := s.client.Do(req)
	if err != nil {
		return Report{}, ended(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Report{}, fmt.Errorf("the agency says %s", resp.Status)
	}
	return r, ended(ctx, json.NewDecoder(resp.Body).Decode(&struct {
		Rating *string `json:"rating"`
	}{&r.Rating}))
}

// ended puts the end of ctx into the chain of err.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", ctx.Err(), err)
	}
	return err
}

// AuditAsync writes an event in a goroutine.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n := s.next
	s.next++
	s.stops[n] = cancel
	go func() {
		defer cancel()
		_, err := s.db.ExecContext(ctx, `INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)`, Trace(ctx), e.Actor, e.Action)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = errors.Join(s.failed, err)
		delete(s.stops, n)
		s.changed.Broadcast()
	}()
	return nil
}

// Close waits until no event is under way.
func (s *Service) Close(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gaveUp = len(s.stops) > 0
		for _, cancel := range s.stops {
			cancel()
		}
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for len(s.stops) > 0 {
		s.changed.Wait()
	}
	failed := errors.Join(s.failed, s.db.Close())
	if s.gaveUp {
		return errors.Join(ctx.Err(), failed)
	}
	return failed
}
