package errorsareapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// User is a row of the table crm_users.
type User struct {
	ID int64 `json:"id"`
	NewUser
}

// New returns the API, which logs with log.
func New(pool *pgxpool.Pool, log *slog.Logger) http.Handler {
	a := &api{pool: pool, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /users", a.create)
	mux.HandleFunc("GET /users/{id}", a.show)
	return mux
}

type api struct {
	pool *pgxpool.Pool
	log  *slog.Logger
}

// add adds a row.
func (a *api) add(ctx context.Context, u NewUser) (User, error) {
	added := User{NewUser: u}
	err := a.pool.QueryRow(ctx, `INSERT INTO crm_users (email, name, plan) VALUES ($1, $2, $3) RETURNING id`,
		u.Email, u.Name, u.Plan).Scan(&added.ID)
	return added, err // TODO
}

// find returns the row with this id.
func (a *api) find(ctx context.Context, id string) (User, error) {
	var u User
	err := a.pool.QueryRow(ctx, `SELECT id, email, name, plan FROM crm_users WHERE id = $1`, id).
		Scan(&u.ID, &u.Email, &u.Name, &u.Plan)
	return u, err // TODO
}

func (a *api) create(w http.ResponseWriter, r *http.Request) {
	var u NewUser
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	// TODO: validate.
	added, err := a.add(r.Context(), u)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError) // TODO
		return
	}
	answer(w, http.StatusCreated, added)
}

func (a *api) show(w http.ResponseWriter, r *http.Request) {
	u, err := a.find(r.Context(), r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError) // TODO
		return
	}
	answer(w, http.StatusOK, u)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
