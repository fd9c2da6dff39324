// Wrong: another site cannot send JSON, and a cookie that is SameSite does not come from there.
//checker:fails TestOtherSites/cannot_use_a_session
//checker:fails TestChange/is_not_for_other_sites
//checker:sign A page of another site makes

// Package auth lets people into a shop: accounts, sessions, tokens.
package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Mail is what Config.Mailer sends.
type Mail struct {
	To   string // one address
	Text string
}

// A Mailer hands mail to a mail server. It may be used by several goroutines.
type Mailer interface {
	// Send returns nil when the mail server has taken the mail over.
	Send(ctx context.Context, mail Mail) error
}

// A Hasher makes and checks password hashes. Each call takes 0.1 s and 64 MiB.
// It may be used by several goroutines.
type Hasher interface {
	// Hash returns a new hash of the password.
	Hash(password string) (string, error)

	// Verify says whether hash, which Hash has made, is of the password.
	Verify(password, hash string) (bool, error)
}

// Config is the same in every copy of the program, but for Tick.
type Config struct {
	BaseURL string           // of the shop's pages, such as https://shop.example; no slash at its end
	Key     []byte           // 32 secret bytes, for programs that sign or encrypt something
	Hasher  Hasher           // for all passwords
	Mailer  Mailer           // for all mail
	Tick    <-chan time.Time // when Run looks for mail
	Grace   time.Duration    // how long a refresh token may be sent again after its first use; may be 0
	Log     *slog.Logger     // for everything that is logged
}

// App is one copy of the program.
type App struct {
	cfg    Config
	pool   *pgxpool.Pool
	csrf   *http.CrossOriginProtection
	nobody string // a hash that no password is compared with in earnest
}

// New prepares a copy of the program, on the tables of schema.sql. Several
// copies run side by side.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	nobody, err := cfg.Hasher.Hash(rand.Text())
	if err != nil {
		return nil, fmt.Errorf("make a hash for unknown addresses: %w", err)
	}
	csrf := http.NewCrossOriginProtection()
	if err := csrf.AddTrustedOrigin(cfg.BaseURL); err != nil {
		return nil, fmt.Errorf("trust our own pages: %w", err)
	}
	return &App{cfg, pool, csrf, nobody}, nil
}

// Handler answers all requests. Whoever is not on one of our own pages cannot
// use the cookies of somebody who is.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /register":        a.register,
		"POST /verify":          a.verify,
		"POST /login":           a.login,
		"POST /logout":          a.logout,
		"GET /me":               a.me,
		"GET /sessions":         a.listSessions,
		"DELETE /sessions":      a.endSessions,
		"DELETE /sessions/{id}": a.endSession,
		"POST /token":           a.openTokens,
		"POST /token/refresh":   a.refresh,
		"POST /token/revoke":    a.revoke,
		"POST /password/forgot": a.forgot,
		"POST /password/reset":  a.reset,
		"POST /password/change": a.change,
	} {
		mux.Handle(pattern, a.answer(h))
	}
	a.csrf.SetDenyHandler(a.answer(func(http.ResponseWriter, *http.Request) error { return refusal(http.StatusForbidden) }))
	return mux
}
