package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const cookieName = "__Host-session" // the prefix keeps subdomains from setting it

// An account is what a password was right for.
type account struct {
	user        int64
	email, hash string
}

// authenticate does the same work for every attempt that fails.
func (a *App) authenticate(ctx context.Context, email, password string) (acc account, err error) {
	acc.hash = a.nobody
	known, err := found(a.pool.QueryRow(ctx, `SELECT id, email, password_hash FROM users WHERE lower(email) = lower($1)`, email).
		Scan(&acc.user, &acc.email, &acc.hash))
	if err != nil {
		return acc, fmt.Errorf("find user: %w", err)
	}
	ok, err := a.cfg.Hasher.Verify(password, acc.hash)
	if err != nil {
		return acc, fmt.Errorf("verify password of user %d: %w", acc.user, err)
	}
	if !ok || !known {
		return acc, refusal(http.StatusUnauthorized)
	}
	return acc, nil
}

// credentials reads an address and its password. When they do not match, that is
// kept by itself.
func (a *App) credentials(w http.ResponseWriter, r *http.Request) (acc account, err error) {
	body, err := read(w, r)
	if err != nil {
		return acc, err
	}
	if !isAddress(body.Email) || body.Password == "" {
		return acc, refusal(http.StatusUnprocessableEntity)
	}
	acc, err = a.authenticate(r.Context(), body.Email, body.Password)
	if _, refused := errors.AsType[refusal](err); refused {
		if err := audit(r.Context(), a.pool, "login_failed", body.Email); err != nil {
			return acc, err
		}
	}
	return acc, err
}

// begin runs the statements that let somebody in, and keeps that they were. While
// the password was compared it may have been changed, which ends all logins;
// after the lock it cannot be.
func (a *App) begin(ctx context.Context, acc account, statements func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 AND password_hash = $2 FOR SHARE`, acc.user, acc.hash)
		if err == nil && tag.RowsAffected() == 0 {
			err = refusal(http.StatusUnauthorized)
		}
		if err == nil {
			err = statements(tx)
		}
		if err == nil {
			err = audit(ctx, tx, "login", acc.email)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("begin login: %w", err)
	}
	return nil
}

// login begins a session. The one that the browser had is over.
func (a *App) login(w http.ResponseWriter, r *http.Request) error {
	acc, err := a.credentials(w, r)
	if err != nil {
		return err
	}
	token, hash := newToken()
	err = a.begin(r.Context(), acc, func(tx pgx.Tx) error {
		if _, err := tx.Exec(r.Context(), `DELETE FROM sessions WHERE token_hash = $1`, cookieDigest(r)); err != nil {
			return err
		}
		_, err := tx.Exec(r.Context(), `INSERT INTO sessions (token_hash, user_id) VALUES ($1, $2)`, hash, acc.user)
		return err
	})
	if err != nil {
		return err
	}
	setCookie(w, token, 0)
	send(w, http.StatusOK, map[string]any{"csrf_token": a.sign("csrf", token)})
	return nil
}

func setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, MaxAge: maxAge,
		Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookieDigest is of no session when there is no cookie.
func cookieDigest(r *http.Request) []byte {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	return digest(cookie.Value)
}

// who is somebody who has shown a credential.
type who struct {
	user    int64
	email   string
	session int64
}

// browser finds the session of the request's cookie.
func (a *App) browser(r *http.Request) (w who, err error) {
	there, err := found(a.pool.QueryRow(r.Context(), `
		SELECT u.id, u.email, s.id FROM sessions s JOIN users u ON u.id = user_id
		WHERE token_hash = $1 AND created_at > now() - interval '12 hours'`, cookieDigest(r)).Scan(&w.user, &w.email, &w.session))
	if err != nil {
		return w, fmt.Errorf("find session: %w", err)
	}
	if !there {
		return w, refusal(http.StatusUnauthorized)
	}
	return w, nil
}

func (a *App) me(w http.ResponseWriter, r *http.Request) error {
	find := a.browser
	if r.Header.Get("Authorization") != "" {
		find = a.bearer
	}
	me, err := find(r)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, map[string]any{"email": me.email})
	return nil
}

type session struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Current   bool      `json:"current"`
}

func (a *App) listSessions(w http.ResponseWriter, r *http.Request) error {
	me, err := a.browser(r)
	if err != nil {
		return err
	}
	rows, _ := a.pool.Query(r.Context(), `
		SELECT id::text, created_at, id = $2 FROM sessions
		WHERE user_id = $1 AND created_at > now() - interval '12 hours' ORDER BY created_at, id`, me.user, me.session)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s session, err error) {
		err = row.Scan(&s.ID, &s.CreatedAt, &s.Current)
		s.CreatedAt = s.CreatedAt.UTC()
		return s, err
	})
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	send(w, http.StatusOK, map[string]any{"sessions": list})
	return nil
}

// endSession ends one session of the user. Those of others are not there.
func (a *App) endSession(w http.ResponseWriter, r *http.Request) error {
	me, err := a.browser(r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return refusal(http.StatusNotFound)
	}
	tag, err := a.pool.Exec(r.Context(), `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, me.user)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return refusal(http.StatusNotFound)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endSessions ends all sessions of the user, this one too.
func (a *App) endSessions(w http.ResponseWriter, r *http.Request) error {
	me, err := a.browser(r)
	if err != nil {
		return err
	}
	if _, err := a.pool.Exec(r.Context(), `DELETE FROM sessions WHERE user_id = $1`, me.user); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// logout ends the session of the cookie, here and wherever else it was copied to.
func (a *App) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.pool.Exec(r.Context(), `DELETE FROM sessions WHERE token_hash = $1`, cookieDigest(r)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
