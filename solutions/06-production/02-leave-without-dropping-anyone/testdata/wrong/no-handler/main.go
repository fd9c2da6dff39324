// Wrong: deferred functions and open requests are dealt with by the operating system when it ends a program.
//checker:fails TestShop/answers_what_it_has_after_SIGINT
//checker:fails TestShop/answers_what_it_has_after_SIGTERM
//checker:fails TestShop/counts_the_limit_from_the_end_of_the_delay
//checker:fails TestShop/ends_at_once_after_more_signals
//checker:fails TestShop/gives_up_on_a_confirmation_after_the_limit
//checker:fails TestShop/gives_up_on_a_request_after_the_limit
//checker:fails TestShop/is_not_ready_when_it_leaves
//checker:fails TestShop/keeps_the_delay_of_its_environment
//checker:fails TestShop/keeps_the_limit_of_its_environment
//checker:fails TestShop/sends_the_confirmation_of_the_last_order
//checker:fails TestShop/sends_the_confirmations_it_has
//checker:fails TestShop/takes_orders_during_the_delay
//checker:fails TestShop/with_nothing_to_do_ends
//checker:fails TestShop/has_one_limit_for_requests_and_confirmations
//checker:hint 1

// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

// main reads the configuration, and turns what run returns into an exit status.
func main() {
	ctx := context.Background()
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
	served, confirmed := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	// Not ctx: the signal is no reason to drop a confirmation.
	go func() { confirmed <- orders.SendConfirmations(context.WithoutCancel(ctx)) }()

	select {
	case err := <-served: // without a signal, and so for a bad reason
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	leaving.Store(true)
	time.Sleep(cfg.DrainDelay) // the balancer has to hear of it

	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.LeaveWithin)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		return fmt.Errorf("leave: requests are not answered: %w", err)
	}
	orders.CloseQueue() // nobody is left who could put something in
	select {
	case err := <-confirmed:
		return err
	case <-limit.Done():
		return fmt.Errorf("leave: confirmations are not sent: %w", limit.Err())
	}
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
