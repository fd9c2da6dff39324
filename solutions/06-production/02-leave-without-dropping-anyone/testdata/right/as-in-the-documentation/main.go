// Right: as in the example of Shutdown: Serve in the foreground, and a channel that says when the other goroutine is done.

// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

type readiness struct {
	mu sync.RWMutex
	no bool
}

func (r *readiness) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.no {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	}
}

func (r *readiness) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.no = true
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	go func() { <-ctx.Done(); stop() }()
	if err := start(ctx); err != nil {
		log.Print(err)
		os.Exit(125)
	}
}

func start(ctx context.Context) error {
	cfg, err := shop.Load(os.Getenv)
	if err != nil {
		return fmt.Errorf("cannot start: %w", err)
	}
	return run(ctx, cfg, os.Stdout)
}

func run(ctx context.Context, cfg shop.Config, stdout io.Writer) error {
	orders, ready, mux := shop.New(cfg), &readiness{}, http.NewServeMux()
	mux.Handle("GET /readyz", ready)
	mux.Handle("POST /orders/{name}", orders)
	server := &http.Server{Handler: mux, ReadTimeout: time.Minute}

	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s\n", listener.Addr())

	confirmed := make(chan struct{})
	work, drop := context.WithCancelCause(context.Background())
	go func() {
		defer close(confirmed)
		_ = orders.SendConfirmations(work)
	}()

	left := make(chan error)
	go func() {
		<-ctx.Done()
		ready.leave()
		timer := time.NewTimer(cfg.DrainDelay)
		<-timer.C
		limit, cancel := context.WithTimeoutCause(context.Background(), cfg.LeaveWithin, errors.New("the time is over"))
		defer cancel()
		context.AfterFunc(limit, func() { drop(context.Cause(limit)) })
		err := server.Shutdown(limit)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		orders.CloseQueue()
		<-confirmed
		left <- errors.Join(err, context.Cause(work))
	}()

	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return <-left
}
