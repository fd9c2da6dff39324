// Right: a weighted semaphore counts the events under way; whoever gets all of it knows that there are none.

// Package cancellation reports on customers, and keeps an audit of who has done what.
package cancellation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"
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

const most = 1000 // events that wait

// Service may be used by several goroutines at once.
type Service struct {
	pool   *pgxpool.Pool
	client *http.Client
	agency string

	places *semaphore.Weighted
	closed atomic.Bool
	life   context.Context
	end    context.CancelFunc
	lost   atomic.Int64
}

// New returns a service on the database of pool. It reaches the agency below
// the URL agency, through client.
func New(pool *pgxpool.Pool, client *http.Client, agency string) *Service {
	life, end := context.WithCancel(context.Background())
	return &Service{pool: pool, client: client, agency: agency, places: semaphore.NewWeighted(most), life: life, end: end}
}

// Report asks the agency first.
func (s *Service) Report(ctx context.Context, id int64) (Report, error) {
	r := Report{}
	address, err := url.JoinPath(s.agency, "ratings", fmt.Sprint(id))
	if err != nil {
		return r, err
	}
	if r.Rating, err = s.rating(ctx, address); err != nil {
		return Report{}, fmt.Errorf("rating: %w", err)
	}
	rows, err := s.pool.Query(ctx, "SELECT name, spent FROM customers WHERE id = @id", pgx.NamedArgs{"id": id})
	if err != nil {
		return Report{}, err
	}
	type known struct {
		Name  string
		Spent int64
	}
	k, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[known])
	if err != nil {
		return Report{}, fmt.Errorf("customer: %w", err)
	}
	r.Name, r.Spent = k.Name, k.Spent
	return r, nil
}

func (s *Service) rating(ctx context.Context, address string) (rating string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header = http.Header{TraceHeader: {Trace(ctx)}}
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(resp.Status)
	}
	var answer struct {
		Rating string `json:"rating"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return answer.Rating, err
}

// AuditAsync takes a place, which the writer gives back.
func (s *Service) AuditAsync(ctx context.Context, e Event) error {
	if !s.places.TryAcquire(1) {
		if s.closed.Load() {
			return ErrClosed
		}
		return errors.New("too many events wait")
	}
	if s.closed.Load() { // asked while the place is kept: Close cannot have got it
		s.places.Release(1)
		return ErrClosed
	}
	go func(ctx context.Context) {
		defer s.places.Release(1)
		_, err := s.pool.Exec(ctx, "INSERT INTO audit (trace_id, actor, action) VALUES ($1, $2, $3)", Trace(ctx), e.Actor, e.Action)
		if err != nil {
			s.lost.Add(1)
		}
	}(WithTrace(s.life, Trace(ctx)))
	return nil
}

// Close takes all places, and gives them back for the next Close.
func (s *Service) Close(ctx context.Context) error {
	s.closed.Store(true)
	defer s.end()
	gaveUp := s.places.Acquire(ctx, most)
	if gaveUp != nil {
		s.end()
		if err := s.places.Acquire(context.WithoutCancel(ctx), most); err != nil {
			return err
		}
	}
	s.places.Release(most)
	if n := s.lost.Load(); n > 0 {
		return errors.Join(gaveUp, fmt.Errorf("%d events were not written", n))
	}
	return gaveUp
}
