// Right: a handler of its own builds a map and marshals it, so the id can be put where it belongs.
package logs

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

type contextKey int

const requestID contextKey = 0

func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(&jsonHandler{out: &lockedWriter{w: w}, level: level})
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

type step struct {
	group string
	attrs []slog.Attr
}

type jsonHandler struct {
	out   *lockedWriter
	level slog.Level
	steps []step
}

func (h *jsonHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *jsonHandler) add(s step) slog.Handler {
	steps := make([]step, 0, len(h.steps)+1)
	return &jsonHandler{h.out, h.level, append(append(steps, h.steps...), s)}
}

func (h *jsonHandler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.add(step{attrs: attrs}) }

func (h *jsonHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.add(step{group: name})
}

func (h *jsonHandler) Handle(ctx context.Context, r slog.Record) error {
	steps := h.steps
	var own []slog.Attr
	r.Attrs(func(a slog.Attr) bool { own = append(own, a); return true })
	members := nest(append(steps[:len(steps):len(steps)], step{attrs: own}))
	if !r.Time.IsZero() {
		members["time"] = r.Time.Format(time.RFC3339Nano)
	}
	members["level"], members["msg"] = r.Level.String(), r.Message
	if id := ctx.Value(requestID); id != nil {
		members["request_id"] = id
	}
	var line bytes.Buffer
	if err := json.NewEncoder(&line).Encode(members); err != nil {
		return err
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := h.out.w.Write(line.Bytes())
	return err
}

func nest(steps []step) map[string]any {
	members := map[string]any{}
	for i, s := range steps {
		if s.group != "" {
			if inner := nest(steps[i+1:]); len(inner) > 0 {
				members[s.group] = inner
			}
			return members
		}
		for _, a := range s.attrs {
			put(members, a)
		}
	}
	return members
}

func put(members map[string]any, a slog.Attr) {
	a.Value = a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if a.Value.Kind() != slog.KindGroup {
		value := a.Value.Any()
		if err, ok := value.(error); ok {
			value = err.Error()
		}
		members[a.Key] = value
		return
	}
	into := members
	if a.Key != "" {
		into = map[string]any{}
	}
	for _, b := range a.Value.Group() {
		put(into, b)
	}
	if a.Key != "" && len(into) > 0 {
		members[a.Key] = into
	}
}

func allowed(id string) bool {
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return len(id) > 0 && len(id) <= 64
}

func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !allowed(id) {
			random := make([]byte, 16)
			for i := range random {
				random[i] = byte(rand.Uint32())
			}
			id = hex.EncodeToString(random)
		}
		w.Header()["X-Request-Id"] = []string{id}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestID, id)))
	})
}

func RequestLog(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		sw := &statusWriter{w: w}
		done := func(level slog.Level, status int) {
			logger.Log(r.Context(), level, "request", "method", r.Method, "route", r.Pattern, "status", status, "bytes", sw.n,
				"duration_ms", float64(time.Since(begun))/float64(time.Millisecond), "user_agent", r.Header.Get("User-Agent"))
		}
		defer func() {
			if v := recover(); v != nil {
				status := sw.code
				if status == 0 {
					status = 500
				}
				done(slog.LevelError, status)
				panic(v)
			}
		}()
		next.ServeHTTP(sw, r)
		switch {
		case sw.code == 0:
			done(slog.LevelInfo, 200)
		case sw.code >= 500:
			done(slog.LevelError, sw.code)
		default:
			done(slog.LevelInfo, sw.code)
		}
	})
}

type statusWriter struct {
	w    http.ResponseWriter
	code int
	n    int
}

func (s *statusWriter) Header() http.Header         { return s.w.Header() }
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.w }

func (s *statusWriter) WriteHeader(code int) {
	if s.code == 0 && (code > 199 || code == 101) {
		s.code = code
	}
	s.w.WriteHeader(code)
}

func (s *statusWriter) Write(b []byte) (n int, err error) {
	if s.code == 0 {
		s.code = 200
	}
	n, err = s.w.Write(b)
	s.n += n
	return
}

func (s *statusWriter) Flush() {
	if s.code == 0 {
		s.WriteHeader(200)
	}
	_ = http.NewResponseController(s.w).Flush()
}
