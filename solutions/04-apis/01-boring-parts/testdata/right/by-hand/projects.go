// Right: a switch by hand, and a unique violation that says that the other one was faster.
package boringparts

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note"`
}

// Routes answers requests for projects.
func Routes(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const root = "/v1/projects"
		id, below := strings.CutPrefix(r.URL.Path, root+"/")
		switch {
		case r.URL.Path == root:
			collection(w, r, pool)
		case below && id != "" && !strings.Contains(id, "/"):
			single(w, r, pool, id)
		default:
			http.NotFound(w, r)
		}
	})
}

func collection(w http.ResponseWriter, r *http.Request, pool *pgxpool.Pool) {
	switch r.Method {
	case "GET", "HEAD":
		var list string
		err := pool.QueryRow(r.Context(), `
			SELECT json_build_object('projects', coalesce(json_agg(p ORDER BY id), '[]'))::text
			FROM projects p`).Scan(&list)
		if err != nil {
			http.Error(w, "sorry", 500)
			return
		}
		sendText(w, 200, list)
	case "POST":
		name, note, ok := fields(w, r)
		if !ok {
			return
		}
		for {
			p := Project{strconv.FormatUint(rand.Uint64(), 36), name, note}
			_, err := pool.Exec(r.Context(), `INSERT INTO projects VALUES ($1, $2, $3)`, p.ID, p.Name, p.Note)
			if taken(err) {
				continue
			}
			if err != nil {
				http.Error(w, "sorry", 500)
				return
			}
			w.Header().Set("Location", "projects/"+p.ID)
			sendProject(w, 201, p)
			return
		}
	default:
		w.Header().Add("Allow", "GET")
		w.Header().Add("Allow", "HEAD, POST")
		http.Error(w, "no", 405)
	}
}

func single(w http.ResponseWriter, r *http.Request, pool *pgxpool.Pool, id string) {
	switch r.Method {
	case "GET", "HEAD", "PUT", "DELETE":
	default:
		w.Header().Set("Allow", "DELETE,GET,HEAD,PUT")
		http.Error(w, "no", 405)
		return
	}
	if len(id) > 40 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		http.Error(w, "no project can have this id", 404)
		return
	}
	for _, c := range id {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			http.Error(w, "no project can have this id", 404)
			return
		}
	}
	switch r.Method {
	case "GET", "HEAD":
		var found []Project
		rows, err := pool.Query(r.Context(), `SELECT name, note FROM projects WHERE id = $1`, id)
		if err == nil {
			defer rows.Close()
			for rows.Next() && err == nil {
				p := Project{ID: id}
				err = rows.Scan(&p.Name, &p.Note)
				found = append(found, p)
			}
			err = errors.Join(err, rows.Err())
		}
		switch {
		case err != nil:
			http.Error(w, "sorry", 500)
		case len(found) == 0:
			http.Error(w, "no such project", 404)
		default:
			sendProject(w, 200, found[0])
		}
	case "DELETE":
		if _, err := pool.Exec(r.Context(), `DELETE FROM projects WHERE id = $1`, id); err != nil {
			http.Error(w, "sorry", 500)
			return
		}
		w.WriteHeader(204)
	case "PUT":
		name, note, ok := fields(w, r)
		if !ok {
			return
		}
		p := Project{id, name, note}
		_, err := pool.Exec(r.Context(), `INSERT INTO projects VALUES ($1, $2, $3)`, p.ID, p.Name, p.Note)
		status := 201
		if taken(err) {
			_, err = pool.Exec(r.Context(), `UPDATE projects SET name = $2, note = $3 WHERE id = $1`, p.ID, p.Name, p.Note)
			status = 200
		}
		if err != nil {
			http.Error(w, "sorry", 500)
			return
		}
		sendProject(w, status, p)
	}
}

func taken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

func fields(w http.ResponseWriter, r *http.Request) (name, note string, ok bool) {
	var body any
	err := json.NewDecoder(r.Body).Decode(&body)
	object, isObject := body.(map[string]any)
	name, isName := object["name"].(string)
	value, there := object["note"]
	note, isNote := value.(string)
	if err != nil || !isObject || !isName || name == "" || there && !isNote || strings.ContainsRune(name+note, 0) {
		http.Error(w, "this is no project", 422)
		return "", "", false
	}
	return name, note, true
}

func sendProject(w http.ResponseWriter, status int, p Project) {
	text, err := json.Marshal(p)
	if err != nil {
		http.Error(w, "sorry", 500)
		return
	}
	sendText(w, status, string(text))
}

func sendText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
