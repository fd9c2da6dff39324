// Right: insert where it is new, otherwise update, and again when it has gone meanwhile; the database makes the ids.
package boringparts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note"`
}

type input struct {
	Name *string `json:"name"`
	Note string  `json:"note"`
}

// reply is an answer that is not on its way yet.
type reply struct {
	status int
	header http.Header
	body   any // nil for none
}

type action func(r *http.Request, id string) (reply, error)

// Routes answers requests for projects.
func Routes(pool *pgxpool.Pool) http.Handler {
	return &routes{pool}
}

type routes struct{ db *pgxpool.Pool }

var (
	paths = regexp.MustCompile(`^/v1/projects(?:/([^/]+))?$`)
	ids   = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

func (s *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := paths.FindStringSubmatch(r.URL.EscapedPath())
	if m == nil {
		http.Error(w, "no such path", 404)
		return
	}
	id := m[1]
	actions := map[string]action{"GET": s.list, "POST": s.post}
	allow := "GET, HEAD, POST"
	if id != "" {
		actions = map[string]action{"GET": s.get, "PUT": s.put, "DELETE": s.delete}
		allow = "GET, HEAD, PUT, DELETE, OPTIONS"
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if method == http.MethodOptions && id != "" {
		w.Header().Set("Allow", allow)
		w.WriteHeader(204)
		return
	}
	do, ok := actions[method]
	if !ok {
		w.Header().Set("Allow", allow)
		http.Error(w, "no such method here", http.StatusMethodNotAllowed)
		return
	}
	if id != "" && !ids.MatchString(id) {
		http.Error(w, "no such project", 404)
		return
	}
	answer, err := do(r, id)
	if err != nil {
		http.Error(w, "out of order", 500)
		return
	}
	answer.write(w)
}

func (a reply) write(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(a.body); err != nil {
		http.Error(w, "out of order", 500)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(a.status)
	_, _ = w.Write(body.Bytes())
}

func refuse(status int, why string) (reply, error) {
	return reply{status: status, body: map[string]string{"error": why}}, nil
}

func (s *routes) list(r *http.Request, _ string) (reply, error) {
	list := []Project{}
	rows, err := s.db.Query(r.Context(), "SELECT id, name, note FROM projects ORDER BY id")
	if err != nil {
		return reply{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var p Project
		if err := rows.Scan(&p.ID, &p.Name, &p.Note); err != nil {
			return reply{}, err
		}
		list = append(list, p)
	}
	return reply{status: 200, body: map[string][]Project{"projects": list}}, rows.Err()
}

func (s *routes) get(r *http.Request, id string) (reply, error) {
	p := Project{ID: id}
	err := s.db.QueryRow(r.Context(), "SELECT name, note FROM projects WHERE id = $1", id).Scan(&p.Name, &p.Note)
	if err == pgx.ErrNoRows {
		return refuse(404, "no such project")
	}
	return reply{status: 200, body: p}, err
}

func (s *routes) post(r *http.Request, _ string) (reply, error) {
	in, why := parse(r)
	if why != "" {
		return refuse(422, why)
	}
	p := Project{Name: *in.Name, Note: in.Note}
	err := s.db.QueryRow(r.Context(), "INSERT INTO projects VALUES (gen_random_uuid()::text, $1, $2) RETURNING id", p.Name, p.Note).Scan(&p.ID)
	at := fmt.Sprintf("http://%s/v1/projects/%s", r.Host, p.ID)
	return reply{201, http.Header{"Location": {at}}, p}, err
}

func (s *routes) put(r *http.Request, id string) (reply, error) {
	in, why := parse(r)
	if why != "" {
		return refuse(400, why)
	}
	p := Project{id, *in.Name, in.Note}
	for {
		for _, try := range []struct {
			status int
			sql    string
		}{
			{201, "INSERT INTO projects VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"},
			{204, "UPDATE projects SET name = $2, note = $3 WHERE id = $1"},
		} {
			n, err := s.exec(r.Context(), try.sql, p.ID, p.Name, p.Note)
			if err != nil {
				return reply{}, err
			}
			if n == 1 && try.status == 201 {
				return reply{status: 201, body: p, header: http.Header{"Location": {"/v1/projects/" + id}}}, nil
			}
			if n == 1 {
				return reply{status: try.status}, nil
			}
		}
	}
}

func (s *routes) delete(r *http.Request, id string) (reply, error) {
	n, err := s.exec(r.Context(), "DELETE FROM projects WHERE id = $1", id)
	if n == 0 {
		return reply{status: 404}, err
	}
	return reply{status: 200, body: struct{}{}}, err
}

func (s *routes) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := s.db.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

func parse(r *http.Request) (input, string) {
	var in input
	d := json.NewDecoder(r.Body)
	switch err := d.Decode(&in); {
	case err != nil:
		return in, "no JSON object of a project"
	case in.Name == nil || *in.Name == "":
		return in, "no name"
	case strings.Contains(*in.Name, "\x00") || strings.Contains(in.Note, "\x00"):
		return in, "a character that cannot be stored"
	}
	return in, ""
}
