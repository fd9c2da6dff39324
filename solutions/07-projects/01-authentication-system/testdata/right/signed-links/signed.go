package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// sign makes a text that only copies of this program can make.
func (a *App) sign(purpose, text string) string {
	mac := hmac.New(sha256.New, a.cfg.Key)
	mac.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// link is the token for a row of the table links.
func (a *App) link(id int64) string {
	text := strconv.FormatInt(id, 10)
	return text + "." + a.sign("link", text)
}

// linkID is 0 for what is no token of a link.
func (a *App) linkID(token string) int64 {
	text, signature, _ := strings.Cut(token, ".")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !hmac.Equal([]byte(signature), []byte(a.sign("link", text))) {
		return 0
	}
	return id
}

// ownPages wants to see that the page has read the answer to the login.
func (a *App) ownPages(next http.Handler) http.Handler {
	refuse := a.answer(func(http.ResponseWriter, *http.Request) error { return refusal(http.StatusForbidden) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(cookieName)
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if err == nil && !safe && r.URL.Path != "/login" && !hmac.Equal([]byte(r.Header.Get("X-CSRF-Token")), []byte(a.sign("csrf", cookie.Value))) {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
