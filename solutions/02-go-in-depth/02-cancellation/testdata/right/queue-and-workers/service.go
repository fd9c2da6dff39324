// Right: a bounded queue with three writers; the trace id travels in the item. When the queue is full, the request waits for room.

// Package cancellation reports on customers, and keeps an audit of who has done what.
package cancellation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
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

// item has all that the writing needs, so no context has to wait in the queue.
type item struct {
	Event
	trace string
}

// Service may be used by several goroutines at once.
type Service struct {
	pool   *pgxpool.Pool
	client *http.Client
	agency string

	queue   chan item
	ctx     context.Context
	stop    context.CancelFunc
	idle    chan struct{} // closed when the writers have ended
	closing sync.RWMutex  // held for reading while something is put into the queue
	closed  bool

	failures sync.Mutex
	failed   []error
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	s := &Service{pool: pool, client: client, agency: agency, queue: make(chan item, 256), idle: make(chan struct{})}
	s.ctx, s.stop = context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for range 3 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for it := range s.queue {
				s.write(it)
			}
		}()
	}
	go func() {
		writers.Wait()
		close(s.idle)
	}()
	return s
}

// Report returns what the database and the agency know of a customer.
func (s *Service) Report(ctx context.Context, id int64) (r Report, err error) {
	url := s.agency + "/ratings/" + strconv.FormatInt(id, 10)
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return Report{}, err
	}
	req = req.WithContext(ctx)
	req.Header.Add("x-trace-id", Trace(ctx))
	err = s.pool.QueryRow(ctx, "SELECT name, spent FROM customers WHERE id = $1", id).Scan(&r.Name, &r.Spent)
	if err != nil {
		return Report{}, fmt.Errorf("customer: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return Report{}, fmt.Errorf("rating: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	err = errors.Join(err, resp.Body.Close())
	if err != nil {
		return Report{}, fmt.Errorf("rating: %w", err)
	}
	if resp.StatusCode != 200 {
		return Report{}, fmt.Errorf("rating: %d: %s", resp.StatusCode, text)
	}
	answer := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &answer); err != nil {
		return Report{}, fmt.Errorf("rating: %w", err)
	}
	return r, json.Unmarshal(answer["rating"], &r.Rating)
}

// AuditAsync puts an event into the queue.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	s.queue <- item{e, Trace(ctx)}
	return nil
}

func (s *Service) write(it item) {
	if _, err := s.pool.Exec(s.ctx, "INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)", it.trace, it.Actor, it.Action); err != nil {
		s.failures.Lock()
		s.failed = append(s.failed, err)
		s.failures.Unlock()
	}
}

// Close ends the queue and waits for the writers.
func (s *Service) Close(ctx context.Context) error {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.queue)
	}
	s.closing.Unlock()
	defer s.stop()
	select {
	case <-s.idle:
		return errors.Join(s.failed...)
	case <-ctx.Done():
		s.stop()
		<-s.idle
		return errors.Join(append([]error{ctx.Err()}, s.failed...)...)
	}
}
