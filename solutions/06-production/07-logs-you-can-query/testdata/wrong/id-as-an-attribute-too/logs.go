// Wrong: the record of a request has to name its id itself.
//checker:fails TestID/is_in_every_record_of_its_request
//checker:fails TestID/is_in_no_group
//checker:fails TestID/is_in_no_other_record
//checker:fails TestID/is_there_after_With
//checker:fails TestID/is_there_in_a_context_made_from_it

// Package logs writes what happens in a server as records that can be queried.
package logs

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// NewLogger returns a logger that writes each record from level on to w, as
// one JSON object on one line. A record that is logged with the context of a
// request has its id as request_id.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	root := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})
	return slog.New(handler{Handler: root, root: root})
}

// handler puts the id of a request into its records, in front of whatever
// attributes and groups the logger has got since NewLogger: a query finds it in
// one place.
type handler struct {
	slog.Handler // root in its scope, for records of no request

	root  slog.Handler
	scope []func(slog.Handler) slog.Handler // each With and WithGroup, in their order
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	id, ok := ctx.Value(idKey{}).(string)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	to := h.root.WithAttrs([]slog.Attr{slog.String("request_id", id)})
	for _, enter := range h.scope {
		to = enter(to)
	}
	return to.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.within(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

func (h handler) WithGroup(name string) slog.Handler {
	return h.within(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h handler) within(enter func(slog.Handler) slog.Handler) slog.Handler {
	return handler{enter(h.Handler), h.root, append(slices.Clip(h.scope), enter)}
}

// idKey is the context's key for the id of a request.
type idKey struct{}

var isID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// RequestID gives each request an id: in the context, for the logger, and in
// the header X-Request-ID of the answer. The client's is taken if it looks like
// one, and is replaced otherwise, never mended.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !isID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
	})
}

// RequestLog logs a record with the message "request" when next is done, also
// when it panics.
func RequestLog(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, sent := time.Now(), &recorder{ResponseWriter: w}
		level := slog.LevelError // for a panic, which this does not stop
		defer func() {
			if sent.status == 0 {
				sent.status = http.StatusInternalServerError
			}
			logger.LogAttrs(r.Context(), level, "request",
				slog.Any("request_id", r.Context().Value(idKey{})),
				slog.String("method", r.Method),
				slog.String("route", r.Pattern), // the mux sets it
				slog.Int("status", sent.status),
				slog.Int64("bytes", sent.bytes),
				slog.Int64("duration_ms", time.Since(start).Milliseconds()),
				slog.String("user_agent", r.UserAgent()))
		}()
		next.ServeHTTP(sent, r)
		sent.begin(http.StatusOK)
		if sent.status < 500 {
			level = slog.LevelInfo
		}
	})
}

// recorder notes what a handler sends.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the header is sent
	bytes  int64
}

// begin notes the status of the header, of which there is one.
func (w *recorder) begin(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols { // other 1xx announce that more will follow
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// FlushError sends the header, if nothing did before.
func (w *recorder) FlushError() error {
	w.begin(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is for handlers that know http.Flusher only.
func (w *recorder) Flush() { _ = w.FlushError() }

// Unwrap gives an http.ResponseController the rest: Hijack and the deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
