// Right: three packages: store has the SQL, web the requests, and this one mail and the ends of both. One table has all tokens; the outbox has encrypted mails, which are sent while their row is locked; triggers write most of the audit.

// Package auth lets people into a shop: accounts, sessions, tokens.
package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/07-projects/01-authentication-system/store"
	"workbook/exercises/07-projects/01-authentication-system/web"
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
	store  *store.Store
	sealer cipher.AEAD
	web    http.Handler
}

// New prepares a copy of the program, on the tables of schema.sql.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	block, err := aes.NewCipher(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	a := &App{cfg: cfg, sealer: sealer, store: &store.Store{Pool: pool, Grace: cfg.Grace}}
	a.web, err = web.New(a.store, cfg.Hasher, cfg.BaseURL, cfg.Log, a.seal)
	return a, err
}

// Handler answers all requests.
func (a *App) Handler() http.Handler { return a.web }

// seal encrypts a mail for the outbox.
func (a *App) seal(to, text string) []byte {
	plain, _ := json.Marshal(Mail{to, text}) // two strings can always be marshalled
	return a.sealer.Seal(nil, nil, plain, nil)
}

// Run sends mail until ctx ends.
func (a *App) Run(ctx context.Context) error {
	for {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = a.store.SendNext(ctx, a.send); err != nil && ctx.Err() == nil {
				a.cfg.Log.Error("outbox", "error", err)
				more = false
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-a.cfg.Tick:
			if !open {
				return errors.New("nobody ticks any more")
			}
		}
	}
}

func (a *App) send(ctx context.Context, sealed []byte) bool {
	var mail Mail
	plain, err := a.sealer.Open(nil, nil, sealed, nil)
	if err == nil {
		err = json.Unmarshal(plain, &mail)
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		err = a.cfg.Mailer.Send(ctx, mail)
	}
	if err != nil {
		a.cfg.Log.Warn("a mail was refused") // what the mail server says may quote the mail
	}
	return err == nil
}
