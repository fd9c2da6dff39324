// Package store keeps accounts, secrets and mail in PostgreSQL.
package store

import (
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNone says that what was asked for is not there, or not any more.
var ErrNone = errors.New("there is none")

// Store is all tables.
type Store struct {
	Pool  *pgxpool.Pool
	Grace time.Duration
}

// Account is somebody whose address was verified.
type Account struct{ ID, Email, Password string }

// Session is one in the list.
type Session struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created_at"`
	Current bool      `json:"current"`
}

func secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hash(secret string) string {
	sum := sha512.Sum512_256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func none(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNone
	}
	return err
}

func (s *Store) tx(ctx context.Context, f func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.Pool, f)
}

// Find returns the account with an address.
func (s *Store) Find(ctx context.Context, email string) (a Account, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT id::text, email, password FROM accounts WHERE folded = lower($1)`, email).Scan(&a.ID, &a.Email, &a.Password)
	return a, none(err)
}

// Notice puts a mail into the outbox.
func (s *Store) Notice(ctx context.Context, sealed []byte) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO outbox (sealed) VALUES ($1)`, sealed)
	return err
}

// Register keeps a registration with its mail.
func (s *Store) Register(ctx context.Context, email, password string, seal func(token string) []byte) error {
	token := secret()
	return s.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO secrets (kind, hash, email, password) VALUES ('verify', $1, $2, $3)`, hash(token), email, password)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO outbox (sealed) VALUES ($1)`, seal(token))
		}
		return err
	})
}

// Verify makes an account, unless there is one with that address.
func (s *Store) Verify(ctx context.Context, token string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		var made string
		return none(tx.QueryRow(ctx, `
			WITH link AS (
				UPDATE secrets SET used = now() WHERE kind = 'verify' AND hash = $1 AND used IS NULL AND created > now() - interval '1 day'
				RETURNING email, password)
			INSERT INTO accounts (email, password) SELECT email, password FROM link
			ON CONFLICT (folded) DO NOTHING RETURNING id::text`, hash(token)).Scan(&made))
	})
}

// SendNext sends one mail, while nobody else can see it. A mail that failed
// rests for ten minutes.
func (s *Store) SendNext(ctx context.Context, send func(context.Context, []byte) bool) (found bool, err error) {
	// What the mail server has taken is noted, also when ctx has ended meanwhile.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err = s.tx(note, func(tx pgx.Tx) error {
		var id int64
		var sealed []byte
		err := tx.QueryRow(note, `SELECT id, sealed FROM outbox WHERE due <= now() ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED`).Scan(&id, &sealed)
		if err != nil {
			return none(err)
		}
		found = true
		statement := `DELETE FROM outbox WHERE id = $1`
		if !send(ctx, sealed) {
			statement = `UPDATE outbox SET due = clock_timestamp() + interval '10 minutes' WHERE id = $1`
		}
		_, err = tx.Exec(note, statement, id)
		return err
	})
	if errors.Is(err, ErrNone) {
		return false, nil
	}
	return found, err
}

// Failed keeps that a login has failed.
func (s *Store) Failed(ctx context.Context, email string) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO audit_events (event, email) VALUES ('login_failed', $1)`, email)
	return err
}

// same locks an account whose password is still the one that was compared.
func same(ctx context.Context, tx pgx.Tx, a Account) error {
	return none(tx.QueryRow(ctx, `SELECT id::text FROM accounts WHERE id = $1 AND password = $2 FOR UPDATE`, a.ID, a.Password).Scan(&a.ID))
}

// Open begins a session and ends another one.
func (s *Store) Open(ctx context.Context, a Account, old string) (token string, err error) {
	token = secret()
	return token, s.tx(ctx, func(tx pgx.Tx) error {
		if err := same(ctx, tx, a); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE secrets SET over = true WHERE kind = 'session' AND hash = $1`, hash(old)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO secrets (kind, hash, account) VALUES ('session', $1, $2)`, hash(token), a.ID)
		return err
	})
}

// Who finds the account of a session or an access token, and the secret's ID.
func (s *Store) Who(ctx context.Context, kind, token string) (a Account, id string, err error) {
	err = s.Pool.QueryRow(ctx, `
		SELECT accounts.id::text, accounts.email, accounts.password, s.id::text FROM secrets s JOIN accounts ON accounts.id = account
		WHERE kind = $1 AND hash = $2 AND NOT over AND created > now() - CASE kind WHEN 'session' THEN interval '12 hours' ELSE interval '15 minutes' END`,
		kind, hash(token)).Scan(&a.ID, &a.Email, &a.Password, &id)
	return a, id, none(err)
}

// Sessions lists those of an account.
func (s *Store) Sessions(ctx context.Context, a Account, current string) ([]Session, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT id::text, created, id = $2 AS current FROM secrets
		WHERE kind = 'session' AND account = $1 AND NOT over AND created > now() - interval '12 hours' ORDER BY created`, a.ID, current)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
}

// End ends one session of an account, or with no ID all of them.
func (s *Store) End(ctx context.Context, a Account, id string) error {
	tag, err := s.Pool.Exec(ctx, `UPDATE secrets SET over = true WHERE kind = 'session' AND account = $1 AND NOT over AND ($2 = '' OR id::text = $2)`, a.ID, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrNone
	}
	return err
}

// pair adds a pair of tokens to a family; without one it begins a family.
func pair(ctx context.Context, tx pgx.Tx, account string, family *string) (access, refresh string, err error) {
	access, refresh = secret(), secret()
	_, err = tx.Exec(ctx, `
		WITH new AS (SELECT gen_random_uuid() AS id),
		head AS (SELECT coalesce($4::uuid, id) AS family, coalesce((SELECT min(begun) FROM secrets WHERE family = $4), now()) AS begun FROM new),
		access AS (INSERT INTO secrets (kind, hash, account, family, begun) SELECT 'access', $1, $3, family, begun FROM head)
		INSERT INTO secrets (id, kind, hash, account, family, begun) SELECT new.id, 'refresh', $2, $3, family, begun FROM new, head`,
		hash(access), hash(refresh), account, family)
	return access, refresh, err
}

// Tokens begins a family.
func (s *Store) Tokens(ctx context.Context, a Account) (access, refresh string, err error) {
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if err := same(ctx, tx, a); err != nil {
			return err
		}
		access, refresh, err = pair(ctx, tx, a.ID, nil)
		return err
	})
	return access, refresh, err
}

// Refresh adds a pair to the family of a refresh token. Whoever is first marks
// the token in one statement; the others find it marked.
func (s *Store) Refresh(ctx context.Context, token string) (access, refresh string, err error) {
	var refused bool
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOwner(ctx, tx, token); err != nil {
			return err
		}
		var account, family string
		err := tx.QueryRow(ctx, `
			UPDATE secrets SET used = coalesce(used, clock_timestamp())
			WHERE kind = 'refresh' AND hash = $1 AND NOT over AND created > now() - interval '7 days' AND begun > now() - interval '30 days'
				AND (used IS NULL OR used > clock_timestamp() - $2::interval)
			RETURNING account::text, family::text`, hash(token), s.Grace).Scan(&account, &family)
		if errors.Is(err, pgx.ErrNoRows) {
			refused = true
			_, err = tx.Exec(ctx, `
				UPDATE secrets SET over = true
				WHERE family = (SELECT family FROM secrets WHERE kind = 'refresh' AND hash = $1 AND used IS NOT NULL)`, hash(token))
			return err
		}
		if err != nil {
			return err
		}
		access, refresh, err = pair(ctx, tx, account, &family)
		return err
	})
	if err == nil && refused {
		err = ErrNone
	}
	return access, refresh, err
}

// lockOwner lets changes of an account's refresh tokens follow each other: a
// statement that ends those that are there does not see one that is being made.
func lockOwner(ctx context.Context, tx pgx.Tx, token string) error {
	_, err := tx.Exec(ctx, `SELECT FROM accounts WHERE id = (SELECT account FROM secrets WHERE kind = 'refresh' AND hash = $1) FOR NO KEY UPDATE`, hash(token))
	return err
}

// Revoke ends the family of a refresh token.
func (s *Store) Revoke(ctx context.Context, token string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOwner(ctx, tx, token); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE secrets SET over = true WHERE family = (SELECT family FROM secrets WHERE kind = 'refresh' AND hash = $1)`, hash(token))
		return err
	})
}

// Forgot keeps a link with its mail, unless there were three in an hour.
func (s *Store) Forgot(ctx context.Context, email string, seal func(to, token string) []byte) error {
	token := secret()
	return s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('forgot'), hashtext(lower($1)))`, email); err != nil {
			return err
		}
		var to string
		err := tx.QueryRow(ctx, `
			INSERT INTO secrets (kind, hash, account)
			SELECT 'reset', $1, id FROM accounts WHERE folded = lower($2)
			AND 3 > (SELECT count(*) FROM secrets WHERE kind = 'reset' AND account = accounts.id AND created > now() - interval '1 hour')
			RETURNING (SELECT email FROM accounts WHERE id = account)`, hash(token), email).Scan(&to)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO outbox (sealed) VALUES ($1)`, seal(to, token))
		}
		return err
	})
}

// Reset sets the password of the account of a link.
func (s *Store) Reset(ctx context.Context, token, password string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		var a Account
		err := tx.QueryRow(ctx, `
			UPDATE secrets SET used = now()
			WHERE kind = 'reset' AND hash = $1 AND used IS NULL AND NOT over AND created > now() - interval '1 hour'
			RETURNING account::text`, hash(token)).Scan(&a.ID)
		if err != nil {
			return none(err)
		}
		return set(ctx, tx, a, password, "", "password_reset")
	})
}

// Change sets the password of an account whose current one was compared.
func (s *Store) Change(ctx context.Context, a Account, session, password string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := same(ctx, tx, a); err != nil {
			return err
		}
		return set(ctx, tx, a, password, session, "password_changed")
	})
}

func set(ctx context.Context, tx pgx.Tx, a Account, password, but, event string) error {
	if _, err := tx.Exec(ctx, `UPDATE accounts SET password = $2 WHERE id = $1`, a.ID, password); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE secrets SET over = true WHERE account = $1 AND NOT over AND id::text <> $2`, a.ID, but); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_events (event, email) SELECT $2, email FROM accounts WHERE id = $1`, a.ID, event)
	return err
}
