// Right: links are MACs that are made again when the mail is sent; a lease on the mail; a version of the password that every login is checked against.

// Package auth lets people into a shop: accounts, sessions, tokens.
package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

const (
	databaseTimeout = 10 * time.Second
	hashesAtOnce    = 16 // 64 MiB each
)

// App is one copy of the program.
type App struct {
	pool   *pgxpool.Pool
	cfg    Config
	log    *slog.Logger
	origin string        // of our pages
	nobody string        // a hash of a password that nobody has
	hashes chan struct{} // slots
}

// New prepares a copy of the program, on the tables of schema.sql. Several
// copies run side by side.
func New(pool *pgxpool.Pool, cfg Config) (*App, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, errors.New("auth: BaseURL is no absolute URL")
	}
	if len(cfg.Key) < 32 {
		return nil, errors.New("auth: Key is shorter than 32 bytes")
	}
	nobody, err := cfg.Hasher.Hash(rand.Text())
	if err != nil {
		return nil, errors.New("auth: the hasher does not work")
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &App{
		pool: pool, cfg: cfg, log: log, nobody: nobody,
		origin: strings.ToLower(base.Scheme + "://" + base.Host),
		hashes: make(chan struct{}, hashesAtOnce),
	}, nil
}

// Handler answers all requests.
func (a *App) Handler() http.Handler { return a.routes() }

// tx runs f in a transaction. A client that goes away does not break it off half-way.
func (a *App) tx(ctx context.Context, f func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), databaseTimeout)
	defer cancel()
	return pgx.BeginTxFunc(ctx, a.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error { return f(ctx, tx) })
}

// lockAddress lets nobody else register, verify or ask for links of the address until tx ends.
func lockAddress(ctx context.Context, tx pgx.Tx, key string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 7))`, key)
	return err
}

func (a *App) hash(password string) (string, error) {
	a.hashes <- struct{}{}
	defer func() { <-a.hashes }()
	return a.cfg.Hasher.Hash(password)
}

func (a *App) compare(password, hash string) (bool, error) {
	a.hashes <- struct{}{}
	defer func() { <-a.hashes }()
	return a.cfg.Hasher.Verify(password, hash)
}

// failed logs that something did not work. The text of err stays out of it:
// it may quote a mail, a password or a row.
func (a *App) failed(what string, err error) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		a.log.Error(what, "sqlstate", pg.Code)
		return
	}
	a.log.Error(what, "kind", fmt.Sprintf("%T", err))
}

func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// linkToken is what stands in a link. It is made again when the mail is sent, so it need not be kept.
func (a *App) linkToken(purpose, id string) string {
	mac := hmac.New(sha256.New, a.cfg.Key)
	mac.Write([]byte("link\x00" + purpose + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func sum(token string) []byte {
	s := sha256.Sum256([]byte(token))
	return s[:]
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
