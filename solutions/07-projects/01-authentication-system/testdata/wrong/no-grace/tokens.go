// Wrong: a client that lost an answer logs in again.
//checker:fails TestRefresh/is_possible_again_in_the_grace_period
//checker:fails TestRefresh/survives_a_lost_answer
//checker:fails TestRefresh/is_possible_twice_at_the_same_time_in_the_grace_period

package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A pair is what a program that is no browser logs in with.
type pair struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
}

// issue makes a new pair for a login.
func issue(ctx context.Context, tx pgx.Tx, login int64) (pair, error) {
	access, accessHash := newToken()
	refresh, refreshHash := newToken()
	_, err := tx.Exec(ctx, `
		WITH a AS (INSERT INTO access_tokens (token_hash, login_id) VALUES ($1, $3))
		INSERT INTO refresh_tokens (token_hash, login_id) VALUES ($2, $3)`, accessHash, refreshHash, login)
	return pair{access, refresh, "Bearer", 15 * 60}, err
}

// openTokens begins a login, to which all pairs belong that follow.
func (a *App) openTokens(w http.ResponseWriter, r *http.Request) error {
	acc, err := a.credentials(w, r)
	if err != nil {
		return err
	}
	var tokens pair
	err = a.begin(r.Context(), acc, func(tx pgx.Tx) error {
		var login int64
		err := tx.QueryRow(r.Context(), `INSERT INTO logins (user_id) VALUES ($1) RETURNING id`, acc.user).Scan(&login)
		if err != nil {
			return err
		}
		tokens, err = issue(r.Context(), tx, login)
		return err
	})
	if err != nil {
		return err
	}
	send(w, http.StatusOK, tokens)
	return nil
}

// refresh gives a new pair for a refresh token, once. Whoever sends it again
// after the grace period is a thief, or was robbed by one: the login ends.
func (a *App) refresh(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	var tokens pair
	reused := false
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		login, err := lockLogin(r.Context(), tx, body.RefreshToken)
		if err != nil {
			return err
		}
		// The first use is what the grace period counts from. The transaction may
		// have begun before somebody else's use, so its own now() is too old.
		tag, err := tx.Exec(r.Context(), `
			UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp())
			WHERE token_hash = $1 AND used_at IS NULL`, digest(body.RefreshToken))
		if err != nil {
			return err
		}
		if reused = tag.RowsAffected() == 0; reused {
			_, err = tx.Exec(r.Context(), `DELETE FROM logins WHERE id = $1`, login)
			return err
		}
		tokens, err = issue(r.Context(), tx, login)
		return err
	})
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	if reused {
		a.cfg.Log.WarnContext(r.Context(), "login ended: a refresh token was used before")
		return refusal(http.StatusUnauthorized)
	}
	send(w, http.StatusOK, tokens)
	return nil
}

// lockLogin finds the login of a refresh token that has not expired, and makes
// others who refresh it wait.
func lockLogin(ctx context.Context, tx pgx.Tx, token string) (login int64, err error) {
	there, err := found(tx.QueryRow(ctx, `
		SELECT l.id FROM refresh_tokens t JOIN logins l ON l.id = login_id
		WHERE token_hash = $1 AND t.created_at > now() - interval '7 days' AND l.created_at > now() - interval '30 days'
		FOR UPDATE OF l`, digest(token)).Scan(&login))
	if err == nil && !there {
		err = refusal(http.StatusUnauthorized)
	}
	return login, err
}

// revoke ends the login of a refresh token, with all its tokens. About others it
// tells nothing.
func (a *App) revoke(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	if body.RefreshToken == "" {
		return refusal(http.StatusUnprocessableEntity)
	}
	_, err = a.pool.Exec(r.Context(), `DELETE FROM logins WHERE id = (SELECT login_id FROM refresh_tokens WHERE token_hash = $1)`, digest(body.RefreshToken))
	if err != nil {
		return fmt.Errorf("end login: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// bearer finds the user of the request's access token.
func (a *App) bearer(r *http.Request) (w who, err error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return w, refusal(http.StatusUnauthorized)
	}
	there, err := found(a.pool.QueryRow(r.Context(), `
		SELECT u.id, u.email FROM access_tokens t JOIN logins l ON l.id = login_id JOIN users u ON u.id = user_id
		WHERE token_hash = $1 AND t.created_at > now() - interval '15 minutes'`, digest(strings.TrimLeft(token, " "))).Scan(&w.user, &w.email))
	if err != nil {
		return w, fmt.Errorf("find access token: %w", err)
	}
	if !there {
		return w, refusal(http.StatusUnauthorized)
	}
	return w, nil
}
