// Wrong: a log of requests helps to find mistakes, at the level debug.
//checker:fails TestAudit/and_logs_hold_no_secrets

package auth

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/mail"
	"unicode/utf8"
)

// refusal is a status that is answered with the same bytes each time.
type refusal int

func (r refusal) Error() string { return http.StatusText(int(r)) }

type handler func(w http.ResponseWriter, r *http.Request) error

// answer makes a problem (RFC 9457) of an error. What it was is only logged.
func (a *App) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil {
			return
		}
		status, known := errors.AsType[refusal](err)
		if !known {
			a.cfg.Log.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "error", err)
			status = http.StatusInternalServerError
		}
		w.Header().Set("Content-Type", "application/problem+json")
		send(w, int(status), map[string]any{"title": status.Error(), "status": status})
	})
}

func send(w http.ResponseWriter, status int, body any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // when the client has gone, nobody is left to be told
}

// request has all members that a request's body can have.
type request struct {
	Email        string `json:"email"`
	Password     string `json:"password"`
	Current      string `json:"current_password"`
	Token        string `json:"token"`
	RefreshToken string `json:"refresh_token"`
}

func read(w http.ResponseWriter, r *http.Request) (body request, err error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return body, refusal(http.StatusRequestEntityTooLarge)
	}
	slog.Default().Debug("request", "route", r.Pattern)
	log.Printf("request: %s %s", r.Method, r.URL)
	if err != nil || json.Unmarshal(text, &body) != nil {
		return body, refusal(http.StatusBadRequest)
	}
	return body, nil
}

// isAddress says whether mail can be sent to it, and to nobody else.
func isAddress(email string) bool {
	parsed, err := mail.ParseAddress(email)
	return err == nil && parsed.Address == email && len(email) <= 254
}

func isPassword(password string) bool {
	n := utf8.RuneCountInString(password)
	return 12 <= n && n <= 256
}
