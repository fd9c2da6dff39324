// Wrong: Shutdown waits for the requests, so a goroutine can call it; Serve comes back when all is done.
//checker:fails TestShop/answers_what_it_has_after_SIGINT
//checker:fails TestShop/answers_what_it_has_after_SIGTERM
//checker:fails TestShop/counts_the_limit_from_the_end_of_the_delay
//checker:fails TestShop/gives_up_on_a_confirmation_after_the_limit
//checker:fails TestShop/gives_up_on_a_request_after_the_limit
//checker:fails TestShop/keeps_the_limit_of_its_environment
//checker:fails TestShop/sends_the_confirmation_of_the_last_order
//checker:fails TestShop/sends_the_confirmations_it_has
//checker:fails TestShop/has_one_limit_for_requests_and_confirmations
//checker:hint 2

// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

// main reads the configuration, and turns what run returns into an exit status.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // from then on a signal does what it does by itself: it ends the program

	cfg, err := shop.Load(os.Getenv)
	if err == nil {
		err = run(ctx, cfg, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run listens, serves the shop and /readyz, and sends the confirmations. When ctx
// ends, it leaves. It returns nil when nothing was lost.
func run(ctx context.Context, cfg shop.Config, stdout io.Writer) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", listener.Addr())

	orders := shop.New(cfg)
	var leaving atomic.Bool
	server := &http.Server{Handler: handler(orders, &leaving), ReadHeaderTimeout: 10 * time.Second}
	confirmed := make(chan error, 1)
	// Not ctx: the signal is no reason to drop a confirmation.
	go func() { confirmed <- orders.SendConfirmations(context.WithoutCancel(ctx)) }()

	go func() {
		<-ctx.Done()
		leaving.Store(true)
		time.Sleep(cfg.DrainDelay)
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.LeaveWithin)
		defer cancel()
		if err := server.Shutdown(limit); err != nil {
			fmt.Fprintln(os.Stderr, "leave:", err)
			os.Exit(1)
		}
		orders.CloseQueue()
		select {
		case <-confirmed:
		case <-limit.Done():
			fmt.Fprintln(os.Stderr, "leave: confirmations are not sent")
			os.Exit(1)
		}
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler serves the orders and says whether more of them are welcome.
func handler(orders http.Handler, leaving *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/orders/", orders)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if leaving.Load() {
			http.Error(w, "leaving", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}
