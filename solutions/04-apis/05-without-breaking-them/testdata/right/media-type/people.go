// Right: versions by media type; one type for both, with text of its own; SQL does the comparing.
package people

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says when version 1 was deprecated, and when it may end.
type Config struct{ Deprecated, Sunset time.Time }

const media = "application/vnd.people+json"

// Versioned asks for a version in Accept.
func Versioned(v int, r *http.Request) {
	r.Header.Set("Accept", fmt.Sprintf("%s; version=%d", media, v))
}

// Views of the table, one for each version.
var views = map[string]string{
	"1": `SELECT id, json_build_object('id', id, 'name', name, 'status', status) AS shown, status
	      FROM (SELECT id, given_name || CASE family_name WHEN '' THEN '' ELSE ' ' || family_name END AS name,
	                   CASE status WHEN 'suspended' THEN 'inactive' ELSE status END AS status FROM people) p`,
	"2": `SELECT id, json_build_object('id', id, 'given_name', given_name, 'family_name', family_name, 'status', status) AS shown, status FROM people`,
}

// writes are for a row with the id $1, or for a new one where it is NULL.
var updates = map[string]string{
	"1": `UPDATE people SET
	        (given_name, family_name) = (SELECT CASE WHEN $2 = concat_ws(' ', given_name, nullif(family_name, '')) THEN given_name ELSE split_part($2, ' ', 1) END,
	                                            CASE WHEN $2 = concat_ws(' ', given_name, nullif(family_name, '')) THEN family_name ELSE substr($2, length(split_part($2, ' ', 1)) + 2) END),
	        status = CASE WHEN $3 = 'inactive' AND status = 'suspended' THEN status ELSE $3 END
	      WHERE id = $1`,
	"2": `UPDATE people SET given_name = $2, family_name = $4, status = $3 WHERE id = $1`,
}

// Routes answers requests for people.
func Routes(pool *pgxpool.Pool, cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept, Accept-Encoding")
		version := "1"
		if accept := r.Header.Get("Accept"); accept != "" {
			t, params, err := mime.ParseMediaType(accept)
			if err != nil || t != media || views[params["version"]] == "" {
				http.Error(w, "no such version", http.StatusNotAcceptable)
				return
			}
			version = params["version"]
		}
		if version == "1" {
			w.Header().Set("Deprecation", fmt.Sprintf("@%d", cfg.Deprecated.Unix()))
			w.Header().Set("Sunset", cfg.Sunset.In(time.UTC).Format("Mon, 02 Jan 2006 15:04:05 GMT"))
		}
		s := serving{w, r, pool, version}
		switch path := strings.TrimPrefix(r.URL.Path, "/people"); {
		case path == "" && r.Method == "GET":
			s.list(r.URL.Query())
		case path == "" && r.Method == "POST":
			s.write(nil)
		case len(path) > 1 && path[0] == '/':
			id, err := strconv.ParseInt(path[1:], 10, 64)
			if err != nil || r.Method != "GET" && r.Method != "PUT" {
				http.NotFound(w, r)
				return
			}
			if r.Method == "PUT" {
				s.write(&id)
				return
			}
			s.show(200, id)
		default:
			http.NotFound(w, r)
		}
	})
}

type serving struct {
	http.ResponseWriter
	r       *http.Request
	pool    *pgxpool.Pool
	version string
}

func (s serving) ok(err error) bool {
	if err != nil {
		http.Error(s, "failed", 500)
	}
	return err == nil
}

func (s serving) json(status int, text []byte) {
	s.Header().Set("Content-Type", media+"; version="+s.version)
	s.WriteHeader(status)
	_, _ = s.Write(text)
}

func (s serving) list(query url.Values) {
	status := query.Get("status")
	if query.Has("status") && !s.has(status) {
		http.Error(s, "no such status", 400)
		return
	}
	var text []byte
	err := s.pool.QueryRow(s.r.Context(), `SELECT json_build_object('people', coalesce(json_agg(shown ORDER BY id), '[]')) FROM (`+views[s.version]+`) v WHERE $1 IN ('', status)`, status).Scan(&text)
	if s.ok(err) {
		s.json(200, text)
	}
}

func (s serving) show(status int, id int64) {
	var text []byte
	err := s.pool.QueryRow(s.r.Context(), `SELECT (SELECT shown FROM (`+views[s.version]+`) v WHERE id = $1)`, id).Scan(&text)
	if !s.ok(err) {
		return
	}
	if text == nil {
		http.NotFound(s, s.r)
		return
	}
	s.json(status, text)
}

func (s serving) has(status string) bool {
	return status == "active" || status == "inactive" || status == "suspended" && s.version == "2"
}

// write makes a person, or changes the one with the id.
func (s serving) write(id *int64) {
	var body map[string]any
	if json.NewDecoder(s.r.Body).Decode(&body) != nil {
		http.Error(s, "no JSON object", 422)
		return
	}
	given, gotGiven := body["given_name"].(string)
	family, gotFamily := body["family_name"].(string)
	if s.version == "1" {
		given, gotGiven = body["name"].(string)
		gotFamily = true
	}
	status, _ := body["status"].(string)
	if !gotGiven || given == "" || !gotFamily || !s.has(status) {
		http.Error(s, "no person", 422)
		return
	}
	if id == nil {
		if s.version == "1" {
			given, family, _ = strings.Cut(given, " ")
		}
		id = new(int64)
		err := s.pool.QueryRow(s.r.Context(), `INSERT INTO people (given_name, family_name, status) VALUES ($1, $2, $3) RETURNING id`, given, family, status).Scan(id)
		if s.ok(err) {
			s.Header().Set("Location", fmt.Sprintf("http://%s/people/%d", s.r.Host, *id))
			s.show(201, *id)
		}
		return
	}
	args := []any{*id, given, status}
	if s.version == "2" {
		args = append(args, family)
	}
	if _, err := s.pool.Exec(s.r.Context(), updates[s.version], args...); s.ok(err) {
		s.show(200, *id)
	}
}
