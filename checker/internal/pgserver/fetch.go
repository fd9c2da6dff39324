package pgserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A download may take as long as it makes progress.
const (
	fetchAnswer   = 4 * time.Second // to connect, and again for the first byte of an answer
	fetchStall    = 8 * time.Second
	fetchProgress = 2 * time.Second // between two lines
)

// fetcher is an http.RoundTripper that bounds downloads, shows their progress and remembers what
// went wrong. embedded-postgres downloads with http.Get, that is, without limits, and its errors
// do not say why.
type fetcher struct {
	ctx     context.Context
	say     func(string)
	next    http.RoundTripper
	failure error
}

func newFetcher(ctx context.Context, say func(string)) *fetcher {
	next := http.DefaultTransport.(*http.Transport).Clone()
	next.ResponseHeaderTimeout = fetchAnswer
	next.TLSHandshakeTimeout = fetchAnswer
	return &fetcher{ctx: ctx, say: say, next: next}
}

// install makes http.Get use f until the result is called. Keep runs in a process of its own,
// so nobody else is affected.
func (f *fetcher) install() (restore func()) {
	old := http.DefaultClient
	http.DefaultClient = &http.Client{Transport: f}
	return func() { http.DefaultClient = old }
}

// RoundTrip implements http.RoundTripper.
func (f *fetcher) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(f.ctx)
	stalled := time.AfterFunc(2*fetchAnswer, func() { cancel(fmt.Errorf("no answer for %v", 2*fetchAnswer)) })
	resp, err := f.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		stalled.Stop()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		f.failure = fmt.Errorf("get %s: %w", req.URL.Redacted(), err)
		return nil, f.failure
	}
	archive := strings.HasSuffix(req.URL.Path, ".jar") // its check sum is optional
	if archive && resp.StatusCode != http.StatusOK {
		f.failure = fmt.Errorf("get %s: %s", req.URL.Redacted(), resp.Status)
	}
	stalled.Stop()
	stalled = time.AfterFunc(fetchStall, func() { cancel(fmt.Errorf("no progress for %v", fetchStall)) })
	resp.Body = &watchedBody{
		ReadCloser: resp.Body, fetcher: f, ctx: ctx, cancel: cancel, stalled: stalled,
		name: req.URL.Redacted(), total: resp.ContentLength, last: time.Now(),
	}
	if archive && f.failure == nil {
		f.say("downloading " + req.URL.Redacted())
	}
	return resp, nil
}

// watchedBody is a response body that fails when it stalls.
type watchedBody struct {
	io.ReadCloser
	fetcher     *fetcher
	ctx         context.Context // of the request
	cancel      context.CancelCauseFunc
	stalled     *time.Timer
	name        string
	read, total int64
	last        time.Time
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err != nil && err != io.EOF {
		if b.ctx.Err() != nil {
			err = context.Cause(b.ctx)
		}
		err = fmt.Errorf("get %s: after %d bytes: %w", b.name, b.read, err)
		b.fetcher.failure = err
		return n, err
	}
	if n > 0 && b.stalled.Stop() {
		b.stalled.Reset(fetchStall)
	}
	if time.Since(b.last) >= fetchProgress {
		b.last = time.Now()
		b.fetcher.say(fmt.Sprintf("downloading PostgreSQL: %d of %d MB", b.read/1e6, max(b.total, b.read)/1e6))
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.stalled.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
