// Right: three goroutines in an errgroup, and a context for the work that ends with the limit.

// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

func main() {
	cfg, err := shop.Load(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(context.Background(), cfg, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, cfg shop.Config, stdout io.Writer) error {
	signalled, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	work, drop := context.WithCancel(ctx)
	defer drop()

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, "listening on "+listener.Addr().String()+"\n"); err != nil {
		return err
	}

	var ready atomic.Bool
	ready.Store(true)
	business := shop.New(cfg)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != "/readyz":
				business.ServeHTTP(w, r)
			case ready.Load():
				w.WriteHeader(http.StatusOK)
			default:
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}),
		BaseContext: func(net.Listener) context.Context { return work },
	}

	group, running := errgroup.WithContext(signalled)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error { return business.SendConfirmations(work) })
	group.Go(func() error {
		<-running.Done()
		stop()
		ready.Store(false)
		<-time.After(cfg.DrainDelay)
		late := time.AfterFunc(cfg.LeaveWithin, drop)
		context.AfterFunc(work, func() { late.Stop() })
		err := server.Shutdown(work)
		business.CloseQueue()
		return err
	})
	return group.Wait()
}
