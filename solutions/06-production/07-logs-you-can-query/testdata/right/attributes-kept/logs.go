// Right: the handler keeps attributes and groups itself, and makes a new record of them with the id in front.
package logs

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

type ids struct{}

func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	opts := slog.HandlerOptions{Level: level}
	return slog.New(&keeper{out: slog.NewJSONHandler(w, &opts)})
}

// keeper is a list of scopes, the innermost first.
type keeper struct {
	out    slog.Handler
	parent *keeper
	group  string      // opened here, or
	attrs  []slog.Attr // added here
}

func (k *keeper) Enabled(ctx context.Context, l slog.Level) bool { return k.out.Enabled(ctx, l) }

func (k *keeper) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &keeper{out: k.out, parent: k, attrs: attrs}
}

func (k *keeper) WithGroup(name string) slog.Handler {
	return &keeper{out: k.out, parent: k, group: name}
}

func (k *keeper) Handle(ctx context.Context, r slog.Record) error {
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	for s := k; s != nil; s = s.parent {
		if s.group != "" {
			attrs = []slog.Attr{{Key: s.group, Value: slog.GroupValue(attrs...)}}
		} else {
			attrs = append(append([]slog.Attr{}, s.attrs...), attrs...)
		}
	}
	fresh := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	if id, ok := ctx.Value(ids{}).(string); ok {
		fresh.AddAttrs(slog.String("request_id", id))
	}
	fresh.AddAttrs(attrs...)
	return k.out.Handle(ctx, fresh)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if id == "" || len(id) > 64 || strings.Trim(id, alphabet) != "" {
			var b [18]byte
			_, _ = rand.Read(b[:])
			id = base64.RawURLEncoding.EncodeToString(b[:])
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.Clone(context.WithValue(r.Context(), ids{}, id)))
	})
}

type answer struct {
	http.ResponseWriter
	status  int
	written int
}

func (a *answer) sending(status int) {
	if a.status < 200 && a.status != 101 {
		a.status = status
	}
}

func (a *answer) WriteHeader(status int) {
	a.sending(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.sending(200)
	n, err := a.ResponseWriter.Write(p)
	a.written += n
	return n, err
}

// ReadFrom lets the server copy a file without a buffer.
func (a *answer) ReadFrom(src io.Reader) (int64, error) {
	a.sending(200)
	n, err := io.Copy(a.ResponseWriter, src)
	a.written += int(n)
	return n, err
}

func (a *answer) Flush() {
	a.sending(200)
	if f, ok := a.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func RequestLog(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t0 := time.Now()
		a := &answer{ResponseWriter: w}
		panicked := true
		defer func() {
			if panicked {
				a.sending(500)
			} else {
				a.sending(200)
			}
			log := logger.InfoContext
			if panicked || a.status/100 == 5 {
				log = logger.ErrorContext
			}
			log(r.Context(), "request", slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", a.status),
				slog.Int("bytes", a.written), slog.Float64("duration_ms", time.Since(t0).Seconds()*1000), slog.String("user_agent", r.UserAgent()),
				slog.Bool("panicked", panicked), slog.String("proto", r.Proto))
		}()
		next.ServeHTTP(a, r)
		panicked = false
	})
}
