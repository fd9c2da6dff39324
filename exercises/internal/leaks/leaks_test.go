package leaks_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/leaks"
)

// service is code under test: something that works in the background until it is closed.
type service struct {
	work chan string
	done chan struct{}
}

func startService() *service {
	s := &service{make(chan string), make(chan struct{})}
	go s.run()
	return s
}

func (s *service) run() {
	defer close(s.done)
	for range s.work {
		continue
	}
}

func (s *service) closeAndForget() {}

func (s *service) closeAndWait() {
	close(s.work)
	<-s.done
}

func TestGoroutines(t *testing.T) {
	var left []*service
	defer func() {
		for _, s := range left {
			s.closeAndWait()
		}
	}()
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"close_that_ends_nothing": func(t testing.TB) {
				leaks.Goroutines(t)
				s := startService()
				left = append(left, s)
				s.closeAndForget()
			},
		},
		Right: map[string]kittest.Program{
			"close_that_waits": func(t testing.TB) {
				leaks.Goroutines(t)
				startService().closeAndWait()
			},
			"close_that_only_tells": func(t testing.TB) { // it ends a moment later
				leaks.Goroutines(t)
				close(startService().work)
			},
			"ends_with_its_context": func(t testing.TB) {
				leaks.Goroutines(t)
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					select {
					case <-ctx.Done():
					case <-time.After(time.Hour):
					}
				}()
				cancel()
			},
			"nothing_at_all": func(t testing.TB) { leaks.Goroutines(t) },
		},
	})
}

func TestAFailureIsNotExplainedByWhatItLeaves(t *testing.T) {
	var s *service
	r := kittest.Play(t, "TestX", func(t testing.TB) {
		leaks.Goroutines(t)
		s = startService()
		t.Fatal("the answer is wrong")
	})
	s.closeAndWait()
	assert.Equal(t, "the answer is wrong\n", r.Said())
}
