// Package projects_test runs what the reading shows: each snippet of README.md is cut out of these files, and each answer in
// it is what came out here.
package projects_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"workbook/exercises"
)

// app is the first day of any of the three projects.
type app struct{ worked chan struct{} }

func (a *app) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ready") })
	return mux
}

func (a *app) Run(ctx context.Context) error {
	close(a.worked)
	<-ctx.Done()
	return nil
}

// snippet: skeleton
// serve answers requests and works in the background until ctx ends, or until one of both fails.
func serve(ctx context.Context, a *app, l net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: 5 * time.Second}
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { return a.Run(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return server.Shutdown(limit)
	})
	return g.Wait()
}

// end snippet

func TestSkeleton(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a := &app{worked: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- serve(ctx, a, l) }()
	answer, err := http.Get("http://" + l.Addr().String() + "/readyz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	<-a.worked
	stop()
	require.NoError(t, <-ended)
}

// snippet: connections
// connections is how many are in use at once: so many requests come in a second, and each keeps one for so many seconds.
func connections(requests, seconds float64) float64 { return requests * seconds }

// end snippet

func TestConnections(t *testing.T) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 3, ' ', 0)
	fmt.Fprintln(w, "requests a second\teach keeps a connection for\tin use at once")
	for _, load := range []struct{ requests, milliseconds float64 }{{200, 5}, {2000, 5}, {2000, 50}} {
		fmt.Fprintf(w, "%v\t%v ms\t%v\n", load.requests, load.milliseconds, connections(load.requests, load.milliseconds/1000))
	}
	require.NoError(t, w.Flush())
	exercises.Golden(t, "connections", b.String())
}
