package errorsareapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type User struct {
	ID int64 `json:"id"`
	NewUser
}

// handler answers by what it returns; New is the one who writes and logs.
type handler func(*http.Request) (int, any, error)

func New(pool *pgxpool.Pool, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			status, body, err := h(r)
			if err != nil {
				status = Status(err)
				body = map[string]any{"status": status, "errors": Fields(err)}
				level := slog.LevelInfo
				if status >= 500 {
					level = slog.LevelError
				}
				log.Log(r.Context(), level, pattern, slog.String("cause", err.Error()))
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(body)
		})
	}
	handle("POST /users", func(r *http.Request) (int, any, error) {
		var u User
		if err := json.NewDecoder(r.Body).Decode(&u.NewUser); err != nil {
			return 0, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if err := Validate(u.NewUser); err != nil {
			return 0, nil, err
		}
		err := pool.QueryRow(r.Context(), `INSERT INTO crm_users (email, name, plan) VALUES ($1, $2, $3) RETURNING id`, u.Email, u.Name, u.Plan).Scan(&u.ID)
		return 201, u, FromPg(err)
	})
	handle("GET /users/{id}", func(r *http.Request) (int, any, error) {
		rows, err := pool.Query(r.Context(), `SELECT id, email, name, plan FROM crm_users WHERE id = $1`, r.PathValue("id"))
		if err != nil {
			return 0, nil, FromPg(err)
		}
		u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[User])
		return 200, u, FromPg(err)
	})
	return mux
}
