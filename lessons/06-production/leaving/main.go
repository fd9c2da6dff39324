// Leaving is a server that can be told to leave in three ways: the lesson ends it in the middle of a request. It answers
// once it has asked the server of its second argument, and prints its address first.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer, err := http.Get(os.Args[2])
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = answer.Body.Close() // nothing is in it
		fmt.Fprintln(w, "paid")
	})}
	fmt.Println(listener.Addr())
	ways := map[string]func(*http.Server, net.Listener) error{"not at all": unprepared, "hastily": hasty, "in order": orderly}
	if err := ways[os.Args[1]](server, listener); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func unprepared(server *http.Server, l net.Listener) error { return server.Serve(l) }

// snippet: hasty
func hasty(server *http.Server, l net.Listener) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// end snippet

// snippet: orderly
func orderly(server *http.Server, l net.Listener) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return server.Shutdown(context.Background()) // with a limit, in a real program
}

// end snippet
