// Package web answers requests.
package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"workbook/exercises/07-projects/01-authentication-system/store"
)

type hasher interface {
	Hash(password string) (string, error)
	Verify(password, hash string) (bool, error)
}

type server struct {
	*store.Store
	hasher hasher
	base   string
	log    *slog.Logger
	seal   func(to, text string) []byte
	decoy  string
}

type status int

func (s status) Error() string { return http.StatusText(int(s)) }

type fields struct {
	Email    *string `json:"email"`
	Password *string `json:"password"`
	Current  *string `json:"current_password"`
	Token    *string `json:"token"`
	Refresh  *string `json:"refresh_token"`
}

// New returns the handler of all routes.
func New(s *store.Store, h hasher, base string, log *slog.Logger, seal func(to, text string) []byte) (http.Handler, error) {
	decoy, err := h.Hash("a password of nobody")
	if err != nil {
		return nil, fmt.Errorf("make a decoy: %w", err)
	}
	srv := &server{s, h, base, log, seal, decoy}
	mux := http.NewServeMux()
	route := func(pattern string, f func(r *http.Request, in fields) (any, *http.Cookie, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { srv.serve(w, r, f) })
	}
	route("POST /register", srv.register)
	route("POST /verify", srv.verify)
	route("POST /login", srv.login)
	route("POST /logout", srv.logout)
	route("GET /me", srv.me)
	route("GET /sessions", srv.sessions)
	route("DELETE /sessions", srv.end)
	route("DELETE /sessions/{id}", srv.end)
	route("POST /token", srv.token)
	route("POST /token/refresh", srv.refresh)
	route("POST /token/revoke", srv.revoke)
	route("POST /password/forgot", srv.forgot)
	route("POST /password/reset", srv.reset)
	route("POST /password/change", srv.change)
	return mux, nil
}

// accepted is answered with 202.
type accepted struct{}

func (s *server) serve(w http.ResponseWriter, r *http.Request, f func(*http.Request, fields) (any, *http.Cookie, error)) {
	var in fields
	out, cookie, err := any(nil), (*http.Cookie)(nil), s.foreign(r)
	if err == nil && r.Method == http.MethodPost && r.URL.Path != "/logout" {
		in, err = decode(w, r)
	}
	if err == nil {
		out, cookie, err = f(r, in)
	}
	if err != nil {
		code, known := errors.AsType[status](err)
		if !known {
			s.log.Error(r.Method, "path", r.URL.Path, "error", err)
			code = http.StatusServiceUnavailable
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(int(code))
		fmt.Fprintf(w, `{"title": %q, "status": %d}`, code.Error(), code)
		return
	}
	if cookie != nil {
		http.SetCookie(w, cookie)
	}
	if out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, later := out.(accepted); later {
		w.WriteHeader(http.StatusAccepted)
	}
	_ = json.NewEncoder(w).Encode(out)
}

// foreign refuses what another site's page has sent.
func (s *server) foreign(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if site != "" && site != "same-origin" && site != "none" || site == "" && origin != "" && origin != s.base {
		return status(http.StatusForbidden)
	}
	return nil
}

func decode(w http.ResponseWriter, r *http.Request) (in fields, err error) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	if err = d.Decode(&in); err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("more than one value")
		}
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return in, status(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return in, status(http.StatusBadRequest)
	}
	return in, nil
}

var address = regexp.MustCompile(`^[a-zA-Z0-9.!#$%&'*+/=?^_{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$`)

func need(ok bool) error {
	if !ok {
		return status(http.StatusUnprocessableEntity)
	}
	return nil
}

func isAddress(s *string) bool { return s != nil && len(*s) <= 254 && address.MatchString(*s) }

func isPassword(s *string) bool {
	return s != nil && utf8.RuneCountInString(*s) >= 12 && utf8.RuneCountInString(*s) <= 256
}

func (s *server) register(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(isAddress(in.Email) && isPassword(in.Password)); err != nil {
		return nil, nil, err
	}
	hash, err := s.hasher.Hash(*in.Password)
	if err != nil {
		return nil, nil, err
	}
	owner, err := s.Find(r.Context(), *in.Email)
	switch {
	case err == nil:
		err = s.Notice(r.Context(), s.seal(owner.Email, "Your address has an account already."))
	case errors.Is(err, store.ErrNone):
		err = s.Register(r.Context(), *in.Email, hash, func(token string) []byte {
			return s.seal(*in.Email, s.base+"/verify?token="+token+" is your link.")
		})
	}
	return accepted{}, nil, err
}

// gone makes a refusal of a row that is not there.
func gone(err error, code int) error {
	if errors.Is(err, store.ErrNone) {
		return status(code)
	}
	return err
}

func (s *server) verify(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(in.Token != nil); err != nil {
		return nil, nil, err
	}
	return nil, nil, gone(s.Verify(r.Context(), *in.Token), http.StatusGone)
}

// check compares a password, with a decoy when there is no account.
func (s *server) check(r *http.Request, email, password string) (a store.Account, err error) {
	a, err = s.Find(r.Context(), email)
	unknown := errors.Is(err, store.ErrNone)
	if unknown {
		a.Password = s.decoy
	} else if err != nil {
		return a, err
	}
	ok, err := s.hasher.Verify(password, a.Password)
	if err != nil {
		return a, err
	}
	if unknown || !ok {
		if err := s.Failed(r.Context(), email); err != nil {
			return a, err
		}
		return a, status(http.StatusUnauthorized)
	}
	return a, nil
}

const name = "shop"

func cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, MaxAge: age, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode}
}

func value(r *http.Request) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *server) login(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(isAddress(in.Email) && in.Password != nil); err != nil {
		return nil, nil, err
	}
	a, err := s.check(r, *in.Email, *in.Password)
	if err != nil {
		return nil, nil, err
	}
	token, err := s.Open(r.Context(), a, value(r))
	return struct{}{}, cookie(token, 12*3600), gone(err, http.StatusUnauthorized)
}

func (s *server) browser(r *http.Request) (store.Account, string, error) {
	a, id, err := s.Who(r.Context(), "session", value(r))
	return a, id, gone(err, http.StatusUnauthorized)
}

func (s *server) logout(r *http.Request, _ fields) (any, *http.Cookie, error) {
	a, id, err := s.browser(r)
	if err == nil {
		err = s.End(r.Context(), a, id)
	}
	return nil, cookie("", -1), gone(err, http.StatusUnauthorized)
}

func (s *server) me(r *http.Request, _ fields) (any, *http.Cookie, error) {
	kind, token := "session", value(r)
	if header := strings.Fields(r.Header.Get("Authorization")); len(header) == 2 && strings.EqualFold(header[0], "bearer") {
		kind, token = "access", header[1]
	}
	a, _, err := s.Who(r.Context(), kind, token)
	return map[string]string{"email": a.Email}, nil, gone(err, http.StatusUnauthorized)
}

func (s *server) sessions(r *http.Request, _ fields) (any, *http.Cookie, error) {
	a, id, err := s.browser(r)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.Sessions(r.Context(), a, id)
	return map[string]any{"sessions": list}, nil, err
}

func (s *server) end(r *http.Request, _ fields) (any, *http.Cookie, error) {
	a, _, err := s.browser(r)
	id := r.PathValue("id")
	if err == nil && strings.Contains(id, "\x00") {
		err = status(http.StatusBadRequest)
	}
	if err == nil {
		err = gone(s.End(r.Context(), a, id), http.StatusNotFound)
	}
	return nil, nil, err
}

func tokens(access, refresh string, err error) (any, *http.Cookie, error) {
	return map[string]any{"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 900}, nil, gone(err, http.StatusUnauthorized)
}

func (s *server) token(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(isAddress(in.Email) && in.Password != nil); err != nil {
		return nil, nil, err
	}
	a, err := s.check(r, *in.Email, *in.Password)
	if err != nil {
		return nil, nil, err
	}
	return tokens(s.Tokens(r.Context(), a))
}

func (s *server) refresh(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(in.Refresh != nil); err != nil {
		return nil, nil, err
	}
	return tokens(s.Refresh(r.Context(), *in.Refresh))
}

func (s *server) revoke(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(in.Refresh != nil); err != nil {
		return nil, nil, err
	}
	return nil, nil, s.Revoke(r.Context(), *in.Refresh)
}

func (s *server) forgot(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(isAddress(in.Email)); err != nil {
		return nil, nil, err
	}
	return accepted{}, nil, s.Forgot(r.Context(), *in.Email, func(to, token string) []byte {
		return s.seal(to, "A new password:\n"+s.base+"/reset?token="+token)
	})
}

func (s *server) reset(r *http.Request, in fields) (any, *http.Cookie, error) {
	if err := need(in.Token != nil && isPassword(in.Password)); err != nil {
		return nil, nil, err
	}
	hash, err := s.hasher.Hash(*in.Password)
	if err == nil {
		err = gone(s.Reset(r.Context(), *in.Token, hash), http.StatusNotFound)
	}
	return nil, nil, err
}

func (s *server) change(r *http.Request, in fields) (any, *http.Cookie, error) {
	a, session, err := s.browser(r)
	if err == nil {
		err = need(in.Current != nil && isPassword(in.Password))
	}
	if err != nil {
		return nil, nil, err
	}
	ok, err := s.hasher.Verify(*in.Current, a.Password)
	if err == nil && !ok {
		err = status(http.StatusForbidden)
	}
	var hash string
	if err == nil {
		hash, err = s.hasher.Hash(*in.Password)
	}
	if err == nil {
		err = gone(s.Change(r.Context(), a, session, hash), http.StatusForbidden)
	}
	return nil, nil, err
}
