package auth

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"unicode/utf8"
)

const maxBody = 16 << 10

// A problem is an answer of 400 and above, as in RFC 9457.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

func (p *problem) Error() string { return p.Title }

func fail(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
	return nil
}

type handler func(http.ResponseWriter, *http.Request) error

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	routes := map[string]map[string]handler{
		"/register":        {"POST": a.register},
		"/verify":          {"POST": a.verify},
		"/login":           {"POST": a.login},
		"/logout":          {"POST": a.logout},
		"/me":              {"GET": a.me},
		"/sessions":        {"GET": a.listSessions, "DELETE": a.endSessions},
		"/sessions/{id}":   {"DELETE": a.endSession},
		"/token":           {"POST": a.token},
		"/token/refresh":   {"POST": a.refresh},
		"/token/revoke":    {"POST": a.revoke},
		"/password/forgot": {"POST": a.forgot},
		"/password/reset":  {"POST": a.reset},
		"/password/change": {"POST": a.change},
	}
	for path, methods := range routes {
		var allow []string
		for method, h := range methods {
			mux.Handle(method+" "+path, a.wrap(h))
			allow = append(allow, method)
		}
		mux.Handle(path, a.wrap(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			return fail(http.StatusMethodNotAllowed, "")
		}))
	}
	mux.Handle("/", a.wrap(func(http.ResponseWriter, *http.Request) error { return fail(http.StatusNotFound, "") }))
	return mux
}

func (a *App) wrap(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := a.guard(r)
		if err == nil {
			err = h(w, r)
		}
		if err == nil {
			return
		}
		var p *problem
		if !errors.As(err, &p) {
			a.failed("request failed", err)
			p = fail(http.StatusServiceUnavailable, "")
		}
		p.write(w)
	})
}

// guard refuses what other sites let a browser do with a session.
func (a *App) guard(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if a.ours(r) {
		return nil
	}
	s, err := a.session(r)
	if err != nil {
		return err
	}
	if s != nil {
		return fail(http.StatusForbidden, "the request comes from another site")
	}
	return nil
}

func (a *App) ours(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		if strings.ToLower(origin) != a.origin {
			return false
		}
	}
	return true
}

// A body has the members of a JSON object.
type body map[string]json.RawMessage

func read(r *http.Request) (body, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(data) > maxBody {
		return nil, fail(http.StatusRequestEntityTooLarge, "")
	}
	var b body
	if err != nil || !utf8.Valid(data) || json.Unmarshal(data, &b) != nil || b == nil {
		return nil, fail(http.StatusBadRequest, "the body is no JSON object")
	}
	return b, nil
}

func (b body) text(name string) (string, error) {
	var s *string
	if err := json.Unmarshal(b[name], &s); err != nil || s == nil {
		return "", fail(http.StatusBadRequest, "the member "+name+" is no text")
	}
	return *s, nil
}

func (b body) address() (address, error) {
	s, err := b.text("email")
	if err != nil {
		return address{}, err
	}
	m, err := mail.ParseAddress(s)
	if err != nil || m.Name != "" || m.Address != s || len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return address{}, fail(http.StatusUnprocessableEntity, "email is no address")
	}
	return address{s, strings.ToLower(s)}, nil
}

// newPassword is the member password, if it is good enough for a new one.
func (b body) newPassword() (string, error) {
	s, err := b.text("password")
	if err != nil {
		return "", err
	}
	if n := utf8.RuneCountInString(s); n < 12 || n > 256 {
		return "", fail(http.StatusUnprocessableEntity, "a password has 12 to 256 characters")
	}
	return s, nil
}

// An address, as it was written, and the same for all ways to write it.
type address struct{ given, key string }
