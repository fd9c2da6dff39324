// Wrong: a status of 500 says enough.
//checker:fails TestFailure
//checker:sign There are 0.
//checker:hint 5

package errorsareapi

import (
	"context"
	"encoding/json"
	"fmt"
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
	if err != nil {
		return User{}, fmt.Errorf("add user: %w", FromPg(err))
	}
	return added, nil
}

// find returns the row with this id.
func (a *api) find(ctx context.Context, id string) (User, error) {
	var u User
	err := a.pool.QueryRow(ctx, `SELECT id, email, name, plan FROM crm_users WHERE id = $1`, id).
		Scan(&u.ID, &u.Email, &u.Name, &u.Plan)
	if err != nil {
		return User{}, fmt.Errorf("find user: %w", FromPg(err))
	}
	return u, nil
}

func (a *api) create(w http.ResponseWriter, r *http.Request) {
	var u NewUser
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	if err := Validate(u); err != nil {
		a.fail(w, r, err)
		return
	}
	added, err := a.add(r.Context(), u)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, http.StatusCreated, added)
}

func (a *api) show(w http.ResponseWriter, r *http.Request) {
	u, err := a.find(r.Context(), r.PathValue("id"))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, u)
}

// fail is the end of an error's way, and the only place that logs it. The client
// gets the status and the fields, which are made for it; the rest is ours.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := Status(err)
	answer(w, status, struct {
		Error  string       `json:"error"`
		Fields []FieldError `json:"fields,omitempty"`
	}{http.StatusText(status), Fields(err)})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
