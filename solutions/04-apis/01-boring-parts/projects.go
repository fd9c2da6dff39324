// Package boringparts is an API of projects, for clients that know HTTP.
package boringparts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID   string `json:"id"` // 1 to 40 characters a–z, 0–9, -
	Name string `json:"name"`
	Note string `json:"note"`
}

// Routes answers requests for /v1/projects and /v1/projects/{id}, from the
// table projects of the database.
func Routes(pool *pgxpool.Pool) http.Handler {
	a := api{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/projects", a.list)
	mux.HandleFunc("POST /v1/projects", a.create)
	mux.HandleFunc("GET /v1/projects/{id}", a.show)
	mux.HandleFunc("PUT /v1/projects/{id}", a.put)
	mux.HandleFunc("DELETE /v1/projects/{id}", a.remove)
	return mux
}

type api struct{ pool *pgxpool.Pool }

func (a api) list(w http.ResponseWriter, r *http.Request) {
	rows, _ := a.pool.Query(r.Context(), `SELECT id, name, note FROM projects ORDER BY id`) // the error comes with the rows
	projects, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Project])
	if err != nil {
		fail(w, err)
		return
	}
	send(w, http.StatusOK, map[string]any{"projects": projects})
}

func (a api) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !validID(id) {
		http.NotFound(w, r)
		return
	}
	var p Project
	err := a.pool.QueryRow(r.Context(), `SELECT id, name, note FROM projects WHERE id = $1`, id).Scan(&p.ID, &p.Name, &p.Note)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		http.NotFound(w, r)
	case err != nil:
		fail(w, err)
	default:
		send(w, http.StatusOK, p)
	}
}

func (a api) create(w http.ResponseWriter, r *http.Request) {
	p, ok := read(w, r)
	if !ok {
		return
	}
	p.ID = strings.ToLower(rand.Text())
	if _, err := a.write(r.Context(), p); err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", "/v1/projects/"+p.ID)
	send(w, http.StatusCreated, p)
}

func (a api) put(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !validID(id) {
		http.NotFound(w, r)
		return
	}
	p, ok := read(w, r)
	if !ok {
		return
	}
	p.ID = id
	created, err := a.write(r.Context(), p)
	switch {
	case err != nil:
		fail(w, err)
	case created:
		send(w, http.StatusCreated, p)
	default:
		send(w, http.StatusOK, p)
	}
}

// write stores p in one statement, and reports whether the project is new: only
// an updated row was locked by somebody, so only that has an xmax.
func (a api) write(ctx context.Context, p Project) (created bool, err error) {
	err = a.pool.QueryRow(ctx, `
		INSERT INTO projects (id, name, note) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, note = excluded.note
		RETURNING xmax = 0`, p.ID, p.Name, p.Note).Scan(&created)
	return created, err
}

func (a api) remove(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !validID(id) {
		http.NotFound(w, r)
		return
	}
	if _, err := a.pool.Exec(r.Context(), `DELETE FROM projects WHERE id = $1`, id); err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var validID = regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString

// read returns the project in the body; when there is none, it has answered.
func read(w http.ResponseWriter, r *http.Request) (Project, bool) {
	var body *struct{ Name, Note string }
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	if err != nil || body == nil || body.Name == "" || strings.ContainsRune(body.Name+body.Note, 0) {
		http.Error(w, "the body must be a JSON object with a name that is not empty, and perhaps a note", http.StatusBadRequest)
		return Project{}, false
	}
	return Project{Name: body.Name, Note: body.Note}, true
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // when the client has gone, nobody is left to be told
}

func fail(w http.ResponseWriter, err error) {
	slog.Error("projects", "error", err)
	http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
}
