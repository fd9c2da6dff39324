//go:build unix

package proc_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestMain makes this test binary the programs that its tests start.
func TestMain(m *testing.M) {
	if program := programs[os.Getenv("PROC_PROGRAM")]; program != nil {
		program()
		return
	}
	m.Run()
}

// Right: each serves until SIGTERM, then closes its listener and ends with status 0. Wrong: the rest.
var programs = map[string]func(){
	"waits_for_the_signal": func() {
		l := listen()
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		say(l)
		<-stop
		_ = l.Close()
	},
	"serves_until_its_context_ends": func() {
		ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer cancel()
		l := listen()
		server := &http.Server{}
		say(l)
		go func() { _ = server.Serve(l) }()
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	},
	"knows_no_signal": func() {
		l := listen()
		say(l)
		serve(l)
	},
	"ignores_the_signal": func() {
		signal.Ignore(syscall.SIGTERM)
		l := listen()
		say(l)
		serve(l)
	},
	"ends_with_an_error": func() {
		l := listen()
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		say(l)
		<-stop
		fmt.Fprintln(os.Stderr, "http: Server closed")
		os.Exit(1)
	},
	"never_says_where": func() {
		l := listen()
		serve(l)
	},
	"ends_at_once": func() {
		fmt.Fprintln(os.Stderr, "PORT is not set")
		os.Exit(2)
	},
	"says_it_too_early": func() { fmt.Println("listening on 127.0.0.1:1") },
	"panics":            func() { panic("no configuration") },
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return l
}

// serve takes connections for ever. (A program that only blocks is ended by the runtime, where there is no cgo.)
func serve(l net.Listener) {
	for {
		if conn, err := l.Accept(); err == nil {
			_ = conn.Close()
		}
	}
}

func say(l net.Listener) {
	fmt.Println("starting")
	fmt.Println("listening on", l.Addr())
}
