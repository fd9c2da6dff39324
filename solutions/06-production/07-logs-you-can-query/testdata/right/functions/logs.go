// Right: a handler is a function that makes one, with the id in front. The writer is made of closures.
package logs

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"time"
)

// A build makes a handler, with these attributes in front of all groups.
type build func(front ...slog.Attr) slog.Handler

func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	var options slog.HandlerOptions
	options.Level = level
	base := slog.Handler(slog.NewJSONHandler(w, &options))
	return slog.New(build(func(front ...slog.Attr) slog.Handler { return base.WithAttrs(front) }))
}

func (b build) Enabled(ctx context.Context, level slog.Level) bool { return b().Enabled(ctx, level) }

func (b build) Handle(ctx context.Context, r slog.Record) error {
	id := idOf(ctx)
	if id == "" {
		return b().Handle(ctx, r)
	}
	return b(slog.String("request_id", id)).Handle(ctx, r)
}

func (b build) WithAttrs(attrs []slog.Attr) slog.Handler {
	return build(func(front ...slog.Attr) slog.Handler { return b(front...).WithAttrs(attrs) })
}

func (b build) WithGroup(name string) slog.Handler {
	return build(func(front ...slog.Attr) slog.Handler { return b(front...).WithGroup(name) })
}

type request struct{ id string }

type key struct{}

func idOf(ctx context.Context) string {
	if r, ok := ctx.Value(key{}).(*request); ok {
		return r.id
	}
	return ""
}

var foreign = regexp.MustCompile(`[^\w.-]`)

func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if len(id) < 1 || len(id) > 64 || foreign.MatchString(id) {
			id = "req_" + fmt.Sprintf("%d", time.Now().UnixNano()) + "." + rand.Text()
		}
		w.Header().Set("X-Request-ID", id)
		ctx := context.WithValue(r.Context(), key{}, &request{id})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

type hooks struct {
	http.ResponseWriter
	header func(status int)
	body   func(n int)
}

func (h hooks) WriteHeader(status int) {
	h.header(status)
	h.ResponseWriter.WriteHeader(status)
}

func (h hooks) Write(p []byte) (int, error) {
	h.header(200)
	n, err := h.ResponseWriter.Write(p)
	h.body(n)
	return n, err
}

func (h hooks) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h hooks) FlushError() error {
	h.header(200)
	return http.NewResponseController(h.ResponseWriter).Flush()
}

func (h hooks) Flush() {
	if err := h.FlushError(); err != nil {
		return
	}
}

func RequestLog(logger *slog.Logger, next http.Handler) http.Handler {
	log := logger.With(slog.String("kind", "http"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, status, size := time.Now(), 0, 0
		h := hooks{w, func(s int) {
			if status == 0 && (s >= 200 || s == 101) {
				status = s
			}
		}, func(n int) { size += n }}
		panicked := serve(next, h, r)
		fallback, level := 200, slog.LevelInfo
		if panicked != nil {
			fallback = 500
		}
		if status == 0 {
			status = fallback
		}
		if status >= 500 || panicked != nil {
			level = slog.LevelError
		}
		ms := time.Since(start).Milliseconds()
		log.LogAttrs(r.Context(), level, "request", slog.Int64("duration_ms", ms), slog.String("user_agent", r.UserAgent()), slog.Int("bytes", size),
			slog.Int("status", status), slog.String("route", r.Pattern), slog.String("method", r.Method))
		if panicked != nil {
			panic(panicked)
		}
	})
}

func serve(next http.Handler, w http.ResponseWriter, r *http.Request) (panicked any) {
	defer func() { panicked = recover() }()
	next.ServeHTTP(w, r)
	return nil
}
