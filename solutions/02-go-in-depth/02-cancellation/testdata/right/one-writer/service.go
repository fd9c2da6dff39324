// Right: one goroutine owns the list of events; it lives only while there are some, and sends them in batches.

// Package cancellation reports on customers, and keeps an audit of who has done what.
package cancellation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/jackc/pgx/v5"
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

const insert = `INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)`

// Service may be used by several goroutines at once.
type Service struct {
	pool   *pgxpool.Pool
	client *http.Client
	agency string

	mu     sync.Mutex
	events [][]any       // the arguments of insert
	rest   chan struct{} // closed when no writer is at work
	closed bool
	failed error
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	s := &Service{pool: pool, client: client, agency: agency, rest: make(chan struct{})}
	close(s.rest)
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// Report returns what the database and the agency know of a customer.
func (s *Service) Report(ctx context.Context, id int64) (r Report, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT name, spent FROM customers WHERE id = $1`, id).Scan(&r.Name, &r.Spent)
	})
	if err != nil {
		return Report{}, fmt.Errorf("customer %d: %w", id, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "", fmt.Sprintf("%s/ratings/%d", s.agency, id), nil)
	if err != nil {
		return Report{}, err
	}
	req.Header[TraceHeader] = []string{Trace(ctx)}
	resp, err := s.client.Do(req)
	if err != nil {
		return Report{}, fmt.Errorf("rating: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return Report{}, fmt.Errorf("rating: %v", resp.Status)
	}
	for answer := json.NewDecoder(resp.Body); ; {
		token, err := answer.Token()
		if err != nil {
			return Report{}, fmt.Errorf("rating: %w", err)
		}
		if token == json.Delim('{') {
			continue
		}
		var value json.RawMessage
		if err := answer.Decode(&value); err != nil {
			return Report{}, fmt.Errorf("rating: %w", err)
		}
		if token == "rating" {
			return r, json.Unmarshal(value, &r.Rating)
		}
	}
}

// AuditAsync adds an event to the list, and starts the writer when it rests.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.events = append(s.events, []any{Trace(ctx), e.Actor, e.Action})
	select {
	case <-s.rest:
		s.rest = make(chan struct{})
		go s.write()
	default:
	}
	return nil
}

func (s *Service) write() {
	for {
		s.mu.Lock()
		events := s.events
		s.events = nil
		if len(events) == 0 {
			close(s.rest)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		batch := &pgx.Batch{}
		for _, e := range events {
			batch.Queue(insert, e...)
		}
		if s.pool.SendBatch(s.ctx, batch).Close() == nil {
			continue
		}
		for _, e := range events { // one of them is refused: which?
			if _, err := s.pool.Exec(s.ctx, insert, e...); err != nil {
				s.mu.Lock()
				s.failed = err
				s.mu.Unlock()
			}
		}
	}
}

// Close waits until the writer rests.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	rest := s.rest
	s.mu.Unlock()
	var gaveUp error
	select {
	case <-rest:
	case <-ctx.Done():
		gaveUp = context.Cause(ctx)
		s.cancel(gaveUp)
		<-rest
	}
	s.cancel(nil)
	return errors.Join(gaveUp, s.failed)
}
