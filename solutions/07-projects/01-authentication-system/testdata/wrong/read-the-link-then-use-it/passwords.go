// Wrong: a link that was just read is still there.
//checker:fails TestReset/is_possible_once_at_the_same_time

package auth

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// mostForgotten is how many links one account gets in an hour.
const mostForgotten = 3

// forgot answers the same whether somebody has that address or not.
func (a *App) forgot(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	if !isAddress(body.Email) {
		return refusal(http.StatusUnprocessableEntity)
	}
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		var user int64 // whose lock makes requests for one account follow each other
		there, err := found(tx.QueryRow(r.Context(), `SELECT id FROM users WHERE lower(email) = lower($1) FOR NO KEY UPDATE`, body.Email).Scan(&user))
		if !there {
			return err
		}
		_, err = tx.Exec(r.Context(), `
			WITH f AS (
				INSERT INTO forgotten (user_id)
				SELECT $1 WHERE (SELECT count(*) FROM forgotten WHERE user_id = $1 AND at > now() - interval '1 hour') < $2
				RETURNING user_id)
			INSERT INTO outbox (user_id) SELECT user_id FROM f`, user, mostForgotten)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for a link: %w", err)
	}
	send(w, http.StatusAccepted, map[string]any{})
	return nil
}

// resetMail is a link to a page that asks for a new password.
func (a *App) resetMail(ctx context.Context, tx pgx.Tx, user int64) (mail Mail, err error) {
	token, hash := newToken()
	err = tx.QueryRow(ctx, `
		WITH l AS (INSERT INTO links (token_hash, user_id) VALUES ($1, $2))
		SELECT email FROM users WHERE id = $2`, hash, user).Scan(&mail.To)
	if err != nil {
		return mail, fmt.Errorf("keep link: %w", err)
	}
	mail.Text = fmt.Sprintf("Choose a new password:\n%s/reset?token=%s\nIf you did not ask for it, there is nothing to do.\n", a.cfg.BaseURL, token)
	return mail, nil
}

// reset sets the password of the account that the link was sent to. Everybody
// who changes a password locks the user first.
func (a *App) reset(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	if !isPassword(body.Password) {
		return refusal(http.StatusUnprocessableEntity)
	}
	hash, err := a.cfg.Hasher.Hash(body.Password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		var acc account
		there, err := found(tx.QueryRow(r.Context(), `
			SELECT id, email FROM users WHERE id = (SELECT user_id FROM links WHERE token_hash = $1)`, digest(body.Token)).Scan(&acc.user, &acc.email))
		if err != nil {
			return err
		}
		tag, err := tx.Exec(r.Context(), `SELECT FROM links WHERE token_hash = $1 AND user_id = $2 AND created_at > now() - interval '1 hour'`, digest(body.Token), acc.user)
		if err != nil {
			return err
		}
		if !there || tag.RowsAffected() == 0 {
			return refusal(http.StatusUnprocessableEntity)
		}
		return replace(r.Context(), tx, acc, hash, 0, "password_reset")
	})
	if err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// change needs the password that the account has: a browser that was left open
// is not enough.
func (a *App) change(w http.ResponseWriter, r *http.Request) error {
	me, err := a.browser(r)
	if err != nil {
		return err
	}
	body, err := read(w, r)
	if err != nil {
		return err
	}
	if !isPassword(body.Password) {
		return refusal(http.StatusUnprocessableEntity)
	}
	acc, err := a.authenticate(r.Context(), me.email, body.Current)
	if err != nil {
		return err
	}
	hash, err := a.cfg.Hasher.Hash(body.Password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(r.Context(), `SELECT FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE`, acc.user, acc.hash)
		if err == nil && tag.RowsAffected() == 0 { // somebody else was faster
			err = refusal(http.StatusUnauthorized)
		}
		if err != nil {
			return err
		}
		return replace(r.Context(), tx, acc, hash, me.session, "password_changed")
	})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// replace sets a password, and ends all that the old one has led to, but for
// one session: other sessions, logins, and links that were sent or will be.
func replace(ctx context.Context, tx pgx.Tx, acc account, hash string, but int64, event string) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE users SET password_hash = $2 WHERE id = $1`, acc.user, hash)
	batch.Queue(`DELETE FROM outbox WHERE user_id = $1`, acc.user) // before the links: it waits for whoever makes one now
	batch.Queue(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, acc.user, but)
	batch.Queue(`DELETE FROM logins WHERE user_id = $1`, acc.user)
	batch.Queue(`DELETE FROM links WHERE user_id = $1`, acc.user)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return audit(ctx, tx, event, acc.email)
}

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// audit keeps an event, together with what db is a transaction of.
func audit(ctx context.Context, db execer, event, email string) error {
	if _, err := db.Exec(ctx, `INSERT INTO audit_events (event, email) VALUES ($1, $2)`, event, email); err != nil {
		return fmt.Errorf("keep event %s: %w", event, err)
	}
	return nil
}
