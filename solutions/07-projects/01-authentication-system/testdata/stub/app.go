// Package auth lets people into a shop: accounts, sessions, tokens.
package auth

import (
	"context"
	"errors"
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
type App struct{}

// New prepares a copy of the program, on the tables of schema.sql. Several
// copies run side by side.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	return &App{}, nil
}

// Handler answers all requests.
func (a *App) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		w.WriteHeader(http.StatusNotImplemented)
	})
}

// Run sends mail until ctx ends, and then returns nil or ctx's error.
func (a *App) Run(ctx context.Context) error {
	// TODO: yours to write.
	return errors.New("Run is not written yet")
}
