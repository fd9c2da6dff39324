package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"
)

func (a *App) forgot(w http.ResponseWriter, r *http.Request) error {
	b, err := read(r)
	if err != nil {
		return err
	}
	email, err := b.address()
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if err := lockAddress(ctx, tx, email.key); err != nil {
			return err
		}
		var owner *string
		var links int
		if err := tx.QueryRow(ctx, `
			SELECT (SELECT email FROM accounts WHERE email_key = $1),
			       (SELECT count(*) FROM forgot_requests WHERE email_key = $1 AND sent AND at > clock_timestamp() - interval '1 hour')`,
			email.key).Scan(&owner, &links); err != nil {
			return err
		}
		send := owner != nil && links < 3
		// For every address, so that all fail together when the database can be read alone.
		if _, err := tx.Exec(ctx, `INSERT INTO forgot_requests (email_key, sent) VALUES ($1, $2)`, email.key, send); err != nil {
			return err
		}
		if !send {
			return nil
		}
		return a.addLink(ctx, tx, "reset", address{*owner, email.key}, nil)
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, map[string]string{"message": "If there is an account, we have sent a mail."})
}

const selectReset = `
	SELECT a.id::text, a.email FROM links l JOIN accounts a ON a.email_key = l.email_key
	WHERE l.token_hash = $1 AND l.purpose = 'reset' AND l.expires_at > clock_timestamp()`

func (a *App) reset(w http.ResponseWriter, r *http.Request) error {
	b, err := read(r)
	if err != nil {
		return err
	}
	token, err := b.text("token")
	if err != nil {
		return err
	}
	password, err := b.newPassword()
	if err != nil {
		return err
	}
	var account, email string
	check := func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, selectReset, sum(token)).Scan(&account, &email)
		if errors.Is(err, pgx.ErrNoRows) {
			return errLink
		}
		return err
	}
	if err := a.tx(r.Context(), check); err != nil {
		return err
	}
	hash, err := a.hash(password)
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := lockAccount(ctx, tx, account); err != nil {
			return err
		}
		if err := check(ctx, tx); err != nil { // once more, now that we are alone
			return err
		}
		if err := setPassword(ctx, tx, account, hash, nil); err != nil {
			return err
		}
		return audit(ctx, tx, "password_reset", email)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) change(w http.ResponseWriter, r *http.Request) error {
	s, err := a.must(r)
	if err != nil {
		return err
	}
	b, err := read(r)
	if err != nil {
		return err
	}
	current, err := b.text("current_password")
	if err != nil {
		return err
	}
	password, err := b.newPassword()
	if err != nil {
		return err
	}
	var old string
	var version int64
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT password_hash, password_version FROM accounts WHERE id = $1`, s.account).Scan(&old, &version)
	})
	if err != nil {
		return err
	}
	ok, err := a.compare(current, old)
	if err != nil {
		return err
	}
	if !ok {
		return fail(http.StatusForbidden, "the current password is another one")
	}
	hash, err := a.hash(password)
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		now, err := lockAccount(ctx, tx, s.account)
		if err != nil {
			return err
		}
		if now != version {
			return fail(http.StatusForbidden, "the current password is another one")
		}
		var still bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND expires_at > clock_timestamp())`, s.id).Scan(&still); err != nil {
			return err
		}
		if !still {
			return fail(http.StatusUnauthorized, "")
		}
		if err := setPassword(ctx, tx, s.account, hash, &s.id); err != nil {
			return err
		}
		return audit(ctx, tx, "password_changed", s.email)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// lockAccount waits for logins that have compared the password, and keeps out others. It returns the password's version.
func lockAccount(ctx context.Context, tx pgx.Tx, account string) (int64, error) {
	var version int64
	err := tx.QueryRow(ctx, `SELECT password_version FROM accounts WHERE id = $1 FOR NO KEY UPDATE`, account).Scan(&version)
	return version, err
}

// setPassword ends all that the old password has led to, but for the session keep. The account is locked.
func setPassword(ctx context.Context, tx pgx.Tx, account, hash string, keep *string) error {
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`UPDATE accounts SET password_hash = $2, password_version = password_version + 1 WHERE id = $1`, []any{account, hash}},
		{`DELETE FROM sessions WHERE account_id = $1 AND id IS DISTINCT FROM $2`, []any{account, keep}},
		{`UPDATE logins SET ended_at = clock_timestamp() WHERE account_id = $1 AND ended_at IS NULL`, []any{account}},
		{`DELETE FROM links WHERE purpose = 'reset' AND email_key = (SELECT email_key FROM accounts WHERE id = $1)`, []any{account}},
	} {
		if _, err := tx.Exec(ctx, q.sql, q.args...); err != nil {
			return err
		}
	}
	return nil
}
