// Right: a channel of signals, a timer that ends the program, and a second signal that does so too.

// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

func die(reason any) {
	fmt.Fprintln(os.Stderr, "shop:", reason)
	os.Exit(3)
}

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)

	cfg, err := shop.Load(os.Getenv)
	if err != nil {
		die(err)
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		die(err)
	}

	s, leaving := shop.New(cfg), make(chan struct{})
	var worker sync.WaitGroup
	worker.Go(func() {
		if err := s.SendConfirmations(context.Background()); err != nil {
			die(err)
		}
	})
	http.Handle("/", s)
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-leaving:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
		}
	})
	server := &http.Server{}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			die(err)
		}
	}()
	fmt.Printf("listening on %v\n", listener.Addr())

	<-signals
	go func() { die(<-signals) }()
	close(leaving)
	server.SetKeepAlivesEnabled(false)
	time.Sleep(cfg.DrainDelay)
	time.AfterFunc(cfg.LeaveWithin, func() { die("not done in time") })
	if err := server.Shutdown(context.Background()); err != nil {
		die(err)
	}
	s.CloseQueue()
	worker.Wait()
}
