package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

const cookieName = "__Host-session"

func cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

type session struct{ id, account, email, hash string }

func cookies(r *http.Request) [][]byte {
	sums := [][]byte{}
	for _, c := range r.CookiesNamed(cookieName) {
		sums = append(sums, sum(c.Value))
	}
	return sums
}

// session is the one of the request, or nil.
func (a *App) session(r *http.Request) (*session, error) {
	sums := cookies(r)
	if len(sums) == 0 {
		return nil, nil
	}
	var s session
	err := a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT s.id::text, a.id::text, a.email FROM sessions s JOIN accounts a ON a.id = s.account_id
			WHERE s.token_hash = ANY ($1) AND s.expires_at > clock_timestamp() LIMIT 1`, sums).Scan(&s.id, &s.account, &s.email)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// must is session, with 401 instead of nil.
func (a *App) must(r *http.Request) (*session, error) {
	s, err := a.session(r)
	if err == nil && s == nil {
		return nil, fail(http.StatusUnauthorized, "")
	}
	return s, err
}

func audit(ctx context.Context, tx pgx.Tx, event, email string) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit_events (event, email) VALUES ($1, $2)`, event, strings.ToLower(email))
	return err
}

// letIn checks address and password, and if they are good runs f in the transaction in which the login is noted.
func (a *App) letIn(r *http.Request, f func(ctx context.Context, tx pgx.Tx, account, email string) error) error {
	b, err := read(r)
	if err != nil {
		return err
	}
	email, err := b.address()
	if err != nil {
		return err
	}
	password, err := b.text("password")
	if err != nil {
		return err
	}
	var account, shown string
	var version int64
	hash := a.nobody
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT id::text, email, password_hash, password_version FROM accounts WHERE email_key = $1`, email.key).
			Scan(&account, &shown, &hash, &version)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	ok, err := a.compare(password, hash)
	if err != nil {
		return err
	}
	good := ok && account != ""
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if good {
			// The password may have been changed while it was compared.
			if err := tx.QueryRow(ctx, `SELECT password_version = $2 FROM accounts WHERE id = $1 FOR SHARE`, account, version).Scan(&good); err != nil {
				return err
			}
		}
		if !good {
			return audit(ctx, tx, "login_failed", email.key)
		}
		if err := f(ctx, tx, account, shown); err != nil {
			return err
		}
		return audit(ctx, tx, "login", email.key)
	})
	if err == nil && !good {
		return fail(http.StatusUnauthorized, "address and password do not fit")
	}
	return err
}

func (a *App) login(w http.ResponseWriter, r *http.Request) error {
	token, shown := newToken(), ""
	err := a.letIn(r, func(ctx context.Context, tx pgx.Tx, account, email string) error {
		shown = email
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE token_hash = ANY ($1)`, cookies(r)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO sessions (token_hash, account_id, expires_at)
			VALUES ($1, $2, clock_timestamp() + interval '12 hours')`, sum(token), account)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie(token, 12*60*60))
	return answer(w, http.StatusOK, map[string]string{"email": shown})
}

func (a *App) me(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	if s != nil {
		return answer(w, http.StatusOK, map[string]string{"email": s.email})
	}
	email, err := a.bearer(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]string{"email": email})
}

func (a *App) listSessions(w http.ResponseWriter, r *http.Request) error {
	s, err := a.must(r)
	if err != nil {
		return err
	}
	type item struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"created_at"`
		Current   bool      `json:"current"`
	}
	list := []item{}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id::text, created_at, id = $2 FROM sessions
			WHERE account_id = $1 AND expires_at > clock_timestamp() ORDER BY created_at, id`, s.account, s.id)
		if err != nil {
			return err
		}
		list, err = pgx.AppendRows(list, rows, pgx.RowToStructByPos[item])
		return err
	})
	if err != nil {
		return err
	}
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
	}
	return answer(w, http.StatusOK, map[string]any{"sessions": list})
}

func (a *App) endSession(w http.ResponseWriter, r *http.Request) error {
	s, err := a.must(r)
	if err != nil {
		return err
	}
	var id pgtype.UUID
	if id.Scan(r.PathValue("id")) != nil {
		return fail(http.StatusNotFound, "")
	}
	var ended int64
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM sessions WHERE id = $1 AND account_id = $2 AND expires_at > clock_timestamp()`, id, s.account)
		ended = tag.RowsAffected()
		return err
	})
	if err != nil {
		return err
	}
	if ended == 0 {
		return fail(http.StatusNotFound, "")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) endSessions(w http.ResponseWriter, r *http.Request) error {
	s, err := a.must(r)
	if err != nil {
		return err
	}
	err = a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE`, s.account); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE account_id = $1`, s.account)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) error {
	if sums := cookies(r); len(sums) > 0 {
		err := a.tx(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE token_hash = ANY ($1)`, sums)
			return err
		})
		if err != nil {
			return err
		}
	}
	http.SetCookie(w, cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}
