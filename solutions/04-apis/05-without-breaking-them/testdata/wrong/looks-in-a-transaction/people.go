// Wrong: in a transaction nobody comes between the reading and the writing.
//checker:fails TestVersion1/puts_while_somebody_is_suspended
//checker:hint 4

// Package people is an API in two versions.
package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says when version 1 was deprecated, and when it may end.
type Config struct {
	Deprecated time.Time
	Sunset     time.Time
}

// person is one row, and knows nothing of versions.
type person struct {
	ID            int64
	Given, Family string
	Status        string
}

// version is what clients of one version see and send.
type version struct {
	show func(person) any
	// read turns what was sent into a person, or says what is wrong with it. Where a person is replaced, old is the one.
	read     func(body []byte, old *person) (p person, wrong string)
	statuses map[string][]string // what is stored, by what is asked for
}

type personV1 struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

type personV2 struct {
	ID     int64  `json:"id"`
	Given  string `json:"given_name"`
	Family string `json:"family_name"`
	Status string `json:"status"`
}

func v1(p person) personV1 {
	out := personV1{p.ID, p.Given, p.Status}
	if p.Family != "" {
		out.Name += " " + p.Family
	}
	if p.Status == "suspended" {
		out.Status = "inactive"
	}
	return out
}

var versions = map[int]version{
	1: {
		show: func(p person) any { return v1(p) },
		read: func(body []byte, old *person) (p person, wrong string) {
			var in struct{ Name, Status *string }
			if err := json.Unmarshal(body, &in); err != nil || in.Name == nil || in.Status == nil {
				return p, "name and status are needed"
			}
			p.Given, p.Family, _ = strings.Cut(*in.Name, " ")
			p.Status = *in.Status
			if p.Status == "suspended" {
				return p, "there is no such status"
			}
			if old != nil { // what the client has not changed, it has not seen as it is
				seen := v1(*old)
				if *in.Name == seen.Name {
					p.Given, p.Family = old.Given, old.Family
				}
				if *in.Status == seen.Status {
					p.Status = old.Status
				}
			}
			return p, ""
		},
		statuses: map[string][]string{"active": {"active"}, "inactive": {"inactive", "suspended"}},
	},
	2: {
		show: func(p person) any { return personV2(p) },
		read: func(body []byte, _ *person) (p person, wrong string) {
			var in struct {
				Given  *string `json:"given_name"`
				Family *string `json:"family_name"`
				Status *string
			}
			if err := json.Unmarshal(body, &in); err != nil || in.Given == nil || in.Family == nil || in.Status == nil {
				return p, "given_name, family_name and status are needed"
			}
			return person{Given: *in.Given, Family: *in.Family, Status: *in.Status}, ""
		},
		statuses: map[string][]string{"active": {"active"}, "inactive": {"inactive"}, "suspended": {"suspended"}},
	},
}

// Versioned makes r, a request for /people or /people/{id}, into one for version v.
func Versioned(v int, r *http.Request) { r.URL.Path = fmt.Sprintf("/v%d%s", v, r.URL.Path) }

// Routes answers requests for people, from the table people, in versions 1 and 2.
func Routes(pool *pgxpool.Pool, cfg Config) http.Handler {
	mux := http.NewServeMux()
	for n, v := range versions {
		a := api{pool, v, fmt.Sprintf("/v%d/people", n)}
		one := http.NewServeMux()
		one.HandleFunc("GET "+a.root, a.list)
		one.HandleFunc("POST "+a.root, a.create)
		one.HandleFunc("GET "+a.root+"/{id}", a.get)
		one.HandleFunc("PUT "+a.root+"/{id}", a.put)
		var h http.Handler = one
		if n == 1 {
			h = deprecated(cfg, one)
		}
		mux.Handle(fmt.Sprintf("/v%d/", n), h)
	}
	return mux
}

func deprecated(cfg Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Deprecation", "@"+strconv.FormatInt(cfg.Deprecated.Unix(), 10))
		w.Header().Set("Sunset", cfg.Sunset.UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

type api struct {
	pool *pgxpool.Pool
	version
	root string
}

const columns = `id, given_name, family_name, status`

func (a api) list(w http.ResponseWriter, r *http.Request) {
	var stored []string // nil for all
	if q := r.URL.Query(); q.Has("status") {
		stored = a.statuses[q.Get("status")]
		if stored == nil {
			http.Error(w, "there is no such status", http.StatusBadRequest)
			return
		}
	}
	rows, _ := a.pool.Query(r.Context(), `SELECT `+columns+` FROM people WHERE $1::text[] IS NULL OR status = ANY ($1) ORDER BY id`, stored)
	people, err := pgx.CollectRows(rows, pgx.RowToStructByPos[person])
	if err != nil {
		fail(w, err)
		return
	}
	shown := make([]any, len(people))
	for i, p := range people {
		shown[i] = a.show(p)
	}
	send(w, http.StatusOK, map[string]any{"people": shown})
}

func (a api) get(w http.ResponseWriter, r *http.Request) {
	p, err := find(r, a.pool, "")
	a.answer(w, p, err)
}

func (a api) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	p, wrong := a.read(body, nil)
	if wrong = check(p, wrong, err); wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	err = a.pool.QueryRow(r.Context(), `INSERT INTO people (given_name, family_name, status) VALUES ($1, $2, $3) RETURNING id`, p.Given, p.Family, p.Status).Scan(&p.ID)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("%s/%d", a.root, p.ID))
	send(w, http.StatusCreated, a.show(p))
}

func (a api) put(w http.ResponseWriter, r *http.Request) {
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var p person
	wrong := ""
	err := pgx.BeginFunc(r.Context(), a.pool, func(tx pgx.Tx) error {
		old, err := find(r, tx, "")
		if err != nil {
			return err
		}
		p, wrong = a.read(body, &old)
		if wrong = check(p, wrong, readErr); wrong != "" {
			return nil
		}
		p.ID = old.ID
		_, err = tx.Exec(r.Context(), `UPDATE people SET given_name = $2, family_name = $3, status = $4 WHERE id = $1`, p.ID, p.Given, p.Family, p.Status)
		return err
	})
	if wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	a.answer(w, p, err)
}

func (a api) answer(w http.ResponseWriter, p person, err error) {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		http.Error(w, "there is no such person", http.StatusNotFound)
	case err != nil:
		fail(w, err)
	default:
		send(w, http.StatusOK, a.show(p))
	}
}

// find returns the person whom the path names, or pgx.ErrNoRows.
func find(r *http.Request, db querier, lock string) (person, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return person{}, pgx.ErrNoRows
	}
	rows, _ := db.Query(r.Context(), `SELECT `+columns+` FROM people WHERE id = $1`+lock, id)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[person])
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// check says what is wrong with a person, whatever the version.
func check(p person, wrong string, readErr error) string {
	switch {
	case readErr != nil:
		return "the body cannot be read"
	case wrong != "":
		return wrong
	case p.Given == "":
		return "a given name is needed"
	case p.Status != "active" && p.Status != "inactive" && p.Status != "suspended":
		return "there is no such status"
	case strings.ContainsRune(p.Given+p.Family, 0):
		return "a name cannot contain U+0000"
	}
	return ""
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // when the client has gone, nobody is left to be told
}

func fail(w http.ResponseWriter, err error) {
	slog.Error("people", "error", err)
	http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
}
