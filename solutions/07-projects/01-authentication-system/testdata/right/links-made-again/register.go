package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"
)

func (a *App) register(w http.ResponseWriter, r *http.Request) error {
	b, err := read(r)
	if err != nil {
		return err
	}
	email, err := b.address()
	if err != nil {
		return err
	}
	password, err := b.newPassword()
	if err != nil {
		return err
	}
	hash, err := a.hash(password)
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if err := lockAddress(ctx, tx, email.key); err != nil {
			return err
		}
		var owner string
		err := tx.QueryRow(ctx, `SELECT email FROM accounts WHERE email_key = $1`, email.key).Scan(&owner)
		if err == nil {
			_, err := tx.Exec(ctx, `INSERT INTO mails (recipient, kind) VALUES ($1, 'taken')`, owner)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return a.addLink(ctx, tx, "verify", email, &hash)
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, map[string]string{"message": "We have sent you a mail."})
}

// addLink keeps a link together with its mail.
func (a *App) addLink(ctx context.Context, tx pgx.Tx, purpose string, email address, hash *string) error {
	lifetime := "24 hours"
	if purpose == "reset" {
		lifetime = "1 hour"
	}
	id := newID()
	if _, err := tx.Exec(ctx, `
		INSERT INTO links (id, token_hash, purpose, email, email_key, password_hash, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7::text::interval)`,
		id, sum(a.linkToken(purpose, id)), purpose, email.given, email.key, hash, lifetime); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO mails (recipient, kind, link_id) VALUES ($1, $2, $3)`, email.given, purpose, id)
	return err
}

var errLink = fail(http.StatusBadRequest, "the link is not good, or no longer")

func (a *App) verify(w http.ResponseWriter, r *http.Request) error {
	b, err := read(r)
	if err != nil {
		return err
	}
	token, err := b.text("token")
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var key string
		err := tx.QueryRow(ctx, `SELECT email_key FROM links WHERE token_hash = $1 AND purpose = 'verify'`, sum(token)).Scan(&key)
		if errors.Is(err, pgx.ErrNoRows) {
			return errLink
		}
		if err != nil {
			return err
		}
		if err := lockAddress(ctx, tx, key); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO accounts (email, email_key, password_hash)
			SELECT email, email_key, password_hash FROM links
			WHERE token_hash = $1 AND purpose = 'verify' AND expires_at > clock_timestamp()
			ON CONFLICT (email_key) DO NOTHING`, sum(token))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errLink
		}
		_, err = tx.Exec(ctx, `DELETE FROM links WHERE email_key = $1 AND purpose = 'verify'`, key)
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
