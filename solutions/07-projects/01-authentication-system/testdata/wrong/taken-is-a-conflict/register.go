// Wrong: an address that has an account is a conflict, which is 409.
//checker:fails TestRegister/says_the_same_when_the_address_is_taken

package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
)

// register does the same for every address. Whether it has an account is asked
// when the mail is sent, out of sight.
func (a *App) register(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	if !isAddress(body.Email) || !isPassword(body.Password) {
		return refusal(http.StatusUnprocessableEntity)
	}
	var taken bool
	if err := a.pool.QueryRow(r.Context(), `SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1))`, body.Email).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return refusal(http.StatusConflict)
	}
	hash, err := a.cfg.Hasher.Hash(body.Password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	_, err = a.pool.Exec(r.Context(), `
		WITH r AS (INSERT INTO registrations (email, password_hash) VALUES ($1, $2) RETURNING id)
		INSERT INTO outbox (registration_id) SELECT id FROM r`, body.Email, hash)
	if err != nil {
		return fmt.Errorf("keep registration: %w", err)
	}
	send(w, http.StatusAccepted, map[string]any{})
	return nil
}

// verify makes a user of the registration that the link was sent for. When the
// address has become a user by another link, the index on it says so.
func (a *App) verify(w http.ResponseWriter, r *http.Request) error {
	body, err := read(w, r)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(r.Context(), `
			WITH link AS (
				DELETE FROM links WHERE token_hash = $1 AND created_at > now() - interval '24 hours' RETURNING registration_id)
			INSERT INTO users (email, password_hash)
			SELECT email, password_hash FROM registrations JOIN link ON id = registration_id
			ON CONFLICT DO NOTHING`, digest(body.Token))
		if err == nil && tag.RowsAffected() == 0 {
			return refusal(http.StatusUnprocessableEntity)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// newToken returns a secret, and what of it goes into a table. It has so many
// random bits that a fast hash is enough.
func newToken() (token string, hash []byte) {
	token = rand.Text()
	return token, digest(token)
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// found says whether there was a row.
func found(err error) (bool, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
