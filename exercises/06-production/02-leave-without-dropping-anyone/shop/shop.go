// Package shop takes orders, and confirms each of them by mail. It is given, and finished.
package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// Config is what a deployment decides.
type Config struct {
	Addr        string        // ADDR: where to listen, such as 127.0.0.1:8080; port 0 is any free one
	BankURL     string        // BANK_URL: takes payments
	MailURL     string        // MAIL_URL: takes confirmations
	DrainDelay  time.Duration // DRAIN_DELAY: from the signal on, it goes on taking requests so long
	LeaveWithin time.Duration // LEAVE_WITHIN: after that, it has so long for what it has begun
}

// Load reads the variables above. All of them are needed.
func Load(getenv func(string) string) (Config, error) {
	cfg := Config{Addr: getenv("ADDR"), BankURL: getenv("BANK_URL"), MailURL: getenv("MAIL_URL")}
	if cfg.Addr == "" || cfg.BankURL == "" || cfg.MailURL == "" {
		return Config{}, errors.New("load configuration: ADDR, BANK_URL and MAIL_URL must be set")
	}
	var err error
	if cfg.DrainDelay, err = time.ParseDuration(getenv("DRAIN_DELAY")); err != nil || cfg.DrainDelay < 0 {
		return Config{}, errors.New("load configuration: DRAIN_DELAY must be a duration, such as 5s")
	}
	if cfg.LeaveWithin, err = time.ParseDuration(getenv("LEAVE_WITHIN")); err != nil || cfg.LeaveWithin <= 0 {
		return Config{}, errors.New("load configuration: LEAVE_WITHIN must be a duration above zero, such as 20s")
	}
	return cfg, nil
}

// Shop is the business of the program. Make it with New.
type Shop struct {
	bank, mail string
	routes     *http.ServeMux

	mu     sync.Mutex
	queue  []string      // orders that are paid and not confirmed
	closed bool          // nothing more comes into the queue
	news   chan struct{} // holds one value when there may be something to do
}

// New returns a shop with an empty queue.
func New(cfg Config) *Shop {
	s := &Shop{bank: cfg.BankURL, mail: cfg.MailURL, routes: http.NewServeMux(), news: make(chan struct{}, 1)}
	s.routes.HandleFunc("POST /orders/{name}", s.order)
	return s
}

// ServeHTTP takes an order: POST /orders/NAME. It asks the bank, under the context
// of the request, puts the confirmation into the queue and answers 201.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

func (s *Shop) order(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if err := post(r.Context(), s.bank+"/payments/"+name); err != nil {
		http.Error(w, "the bank did not take the payment", http.StatusBadGateway)
		return
	}
	if !s.enqueue(name) {
		http.Error(w, "paid, but the queue for confirmations is closed", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintln(w, "paid", name)
}

// SendConfirmations sends what comes into the queue, one after the other. It
// returns nil when the queue is closed and empty. When ctx ends, it stops in the
// middle of its work and returns the context's error: what is in the queue is lost.
func (s *Shop) SendConfirmations(ctx context.Context) error {
	for {
		name, some, closed := s.dequeue()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case some:
			if err := post(ctx, s.mail+"/confirmations/"+name); err != nil {
				fmt.Fprintf(os.Stderr, "confirm order %s: %v\n", name, err)
			}
		case closed:
			return nil
		default:
			select {
			case <-ctx.Done():
			case <-s.news:
			}
		}
	}
}

// CloseQueue says that no more orders come. An order that is paid after that
// gets no confirmation, and is answered with 500. It may be called more than once.
func (s *Shop) CloseQueue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake()
}

func (s *Shop) enqueue(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.queue = append(s.queue, name)
	s.wake()
	return true
}

func (s *Shop) dequeue() (name string, some, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return "", false, s.closed
	}
	name, s.queue = s.queue[0], s.queue[1:]
	return name, true, s.closed
}

func (s *Shop) wake() {
	select {
	case s.news <- struct{}{}:
	default: // somebody was woken already
	}
}

// post sends an empty request and wants an answer below 300.
func post(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("post %s: status %d", url, answer.StatusCode)
	}
	return nil
}
