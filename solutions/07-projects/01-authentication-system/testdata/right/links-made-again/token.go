package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
)

type pair struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
}

// addPair adds a pair to a login. Its refresh token does not outlive the login's 30 days.
func addPair(ctx context.Context, tx pgx.Tx, login string) (*pair, error) {
	p := &pair{newToken(), newToken(), "Bearer", 900}
	if _, err := tx.Exec(ctx, `
		INSERT INTO access_tokens (token_hash, login_id, expires_at)
		VALUES ($1, $2, clock_timestamp() + interval '15 minutes')`, sum(p.AccessToken), login); err != nil {
		return nil, err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO refresh_tokens (token_hash, login_id, expires_at)
		SELECT $1, id, least(clock_timestamp() + interval '168 hours', created_at + interval '720 hours')
		FROM logins WHERE id = $2`, sum(p.RefreshToken), login)
	return p, err
}

func (a *App) token(w http.ResponseWriter, r *http.Request) error {
	var p *pair
	err := a.letIn(r, func(ctx context.Context, tx pgx.Tx, account, _ string) error {
		var login string
		err := tx.QueryRow(ctx, `INSERT INTO logins (account_id) VALUES ($1) RETURNING id::text`, account).Scan(&login)
		if err != nil {
			return err
		}
		p, err = addPair(ctx, tx, login)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p)
}

func refreshToken(r *http.Request) (string, error) {
	b, err := read(r)
	if err != nil {
		return "", err
	}
	return b.text("refresh_token")
}

func (a *App) refresh(w http.ResponseWriter, r *http.Request) error {
	token, err := refreshToken(r)
	if err != nil {
		return err
	}
	var p *pair // stays nil if the token is not good
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		// Whoever has the login's row is alone with all of its tokens.
		var login string
		var open bool
		err := tx.QueryRow(ctx, `
			SELECT id::text, ended_at IS NULL AND created_at + interval '720 hours' > clock_timestamp() FROM logins
			WHERE id = (SELECT login_id FROM refresh_tokens WHERE token_hash = $1)
			FOR NO KEY UPDATE`, sum(token)).Scan(&login, &open)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !open {
			return nil
		}
		if err != nil {
			return err
		}
		// Not now(): that is when this transaction began, perhaps before the first use.
		var used, fresh, grace bool
		if err := tx.QueryRow(ctx, `
			SELECT used_at IS NOT NULL, expires_at > clock_timestamp(), coalesce(clock_timestamp() < used_at + $2::interval, false)
			FROM refresh_tokens WHERE token_hash = $1`, sum(token), a.cfg.Grace).Scan(&used, &fresh, &grace); err != nil {
			return err
		}
		switch {
		case used && !(grace && a.cfg.Grace > 0):
			_, err := tx.Exec(ctx, `UPDATE logins SET ended_at = clock_timestamp() WHERE id = $1`, login)
			return err
		case !used && !fresh:
			return nil
		case !used:
			if _, err := tx.Exec(ctx, `UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE token_hash = $1`, sum(token)); err != nil {
				return err
			}
		}
		p, err = addPair(ctx, tx, login)
		return err
	})
	if err != nil {
		return err
	}
	if p == nil {
		return fail(http.StatusUnauthorized, "the refresh token is not good")
	}
	return answer(w, http.StatusOK, p)
}

func (a *App) revoke(w http.ResponseWriter, r *http.Request) error {
	token, err := refreshToken(r)
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE logins SET ended_at = clock_timestamp()
			WHERE ended_at IS NULL AND id = (SELECT login_id FROM refresh_tokens WHERE token_hash = $1)`, sum(token))
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// bearer is the address of the account whose access token came with the request.
func (a *App) bearer(r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", fail(http.StatusUnauthorized, "")
	}
	var email string
	err := a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT a.email FROM access_tokens t JOIN logins l ON l.id = t.login_id JOIN accounts a ON a.id = l.account_id
			WHERE t.token_hash = $1 AND t.expires_at > clock_timestamp() AND l.ended_at IS NULL`, sum(strings.TrimSpace(token))).Scan(&email)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fail(http.StatusUnauthorized, "")
	}
	return email, err
}
