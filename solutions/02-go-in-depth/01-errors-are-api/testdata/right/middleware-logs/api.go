package errorsareapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// User is a row of the table crm_users.
type User struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Plan  string `json:"plan"`
}

// repository has all that knows of the database.
type repository struct{ pool *pgxpool.Pool }

func (r repository) insert(ctx context.Context, u NewUser) (added User, err error) {
	defer func() { err = FromPg(err) }()
	err = r.pool.QueryRow(ctx, `INSERT INTO crm_users (email, name, plan) VALUES ($1, $2, $3) RETURNING *`, u.Email, u.Name, u.Plan).
		Scan(&added.ID, &added.Email, &added.Name, &added.Plan)
	return added, err
}

func (r repository) byID(ctx context.Context, id int64) (u User, err error) {
	defer func() { err = FromPg(err) }()
	err = r.pool.QueryRow(ctx, `SELECT * FROM crm_users WHERE id = $1`, id).Scan(&u.ID, &u.Email, &u.Name, &u.Plan)
	return u, err
}

type failureKey struct{}

// note leaves the error to the middleware.
func note(r *http.Request, err error) { *r.Context().Value(failureKey{}).(*error) = err }

func logged(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), failureKey{}, &err)))
		if err == nil {
			return
		}
		status := Status(err)
		if status < 500 {
			log.Debug("refused", "status", status)
		} else {
			log.Error(fmt.Sprintf("%s %s: %d", r.Method, r.URL, status), "err", err)
		}
		var faults []string
		for _, f := range Fields(err) {
			faults = append(faults, f.Field+": "+f.Code+"\n")
		}
		http.Error(w, strings.Join(faults, ""), status)
	})
}

// New returns the API, which logs with log.
func New(pool *pgxpool.Pool, log *slog.Logger) http.Handler {
	users := repository{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("/users", func(w http.ResponseWriter, r *http.Request) {
		var u NewUser
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err == nil {
			err = json.Unmarshal(text, &u)
		}
		if err != nil {
			note(r, fmt.Errorf("%w: %w", ErrInvalid, err))
			return
		}
		if err := Validate(u); err != nil {
			note(r, err)
			return
		}
		added, err := users.insert(r.Context(), u)
		if err != nil {
			note(r, err)
			return
		}
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(added)
	})
	mux.HandleFunc("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			note(r, fmt.Errorf("%w: %w", ErrInvalid, err))
			return
		}
		u, err := users.byID(r.Context(), id)
		if err != nil {
			note(r, err)
			return
		}
		json.NewEncoder(w).Encode(u)
	})
	return logged(mux, log)
}
