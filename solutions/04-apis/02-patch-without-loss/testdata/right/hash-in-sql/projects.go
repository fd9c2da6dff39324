// Right: the tag is a hash of the whole row, made and compared by the one statement that writes.

// Package patchwithoutloss is an API of projects that several people change at
// the same time.
package patchwithoutloss

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Field is a member of a JSON object that was sent, or not.
type Field[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// UnmarshalJSON is called for a member that is there, null or not.
func (f *Field[T]) UnmarshalJSON(text []byte) error {
	var value *T
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	f.Set, f.Null = true, value == nil
	if value != nil {
		f.Value = *value
	}
	return nil
}

// The row is the representation: what a client sees is made by the database.
const show = `
	SELECT jsonb_build_object('id', id, 'name', name, 'note', note, 'budget', budget, 'labels', labels), md5(p::text)
	FROM %s p`

var (
	sqlGet   = fmt.Sprintf(show, `projects`) + ` WHERE id = $1`
	sqlPatch = `
		WITH changed AS (
			UPDATE projects p SET
				name = coalesce($2::jsonb->>'name', name),
				note = CASE WHEN $2 ? 'note' THEN $2->>'note' ELSE note END,
				budget = CASE WHEN $2 ? 'budget' THEN ($2->>'budget')::bigint ELSE budget END,
				labels = CASE jsonb_typeof($2->'labels')
					WHEN 'object' THEN jsonb_strip_nulls(labels || ($2->'labels'))
					WHEN 'null' THEN '{}'
					ELSE labels END
			WHERE id = $1 AND ($3 OR md5(p::text) = ANY ($4))
			RETURNING *)` + fmt.Sprintf(show, `changed`)
)

var (
	possible = regexp.MustCompile(`^[a-z0-9-]+$`)
	list     = regexp.MustCompile(`^\s*(W/)?"[^"]*"\s*(,\s*(W/)?"[^"]*"\s*)*$`)
	member   = regexp.MustCompile(`(W/)?"([^"]*)"`)
)

// Routes answers GET and PATCH of /v1/projects/{id}.
func Routes(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	send := func(w http.ResponseWriter, r *http.Request, missing int, sql string, args ...any) {
		var body json.RawMessage
		var hash string
		if !possible.MatchString(r.PathValue("id")) {
			http.Error(w, "no such project", http.StatusNotFound)
			return
		}
		err := pool.QueryRow(r.Context(), sql, append([]any{r.PathValue("id")}, args...)...).Scan(&body, &hash)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			http.Error(w, http.StatusText(missing), missing)
		case err != nil:
			log.Print(err)
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.Header()["ETag"] = []string{`"` + hash + `"`}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}
	}
	mux.HandleFunc("GET /v1/projects/{id}", func(w http.ResponseWriter, r *http.Request) {
		send(w, r, http.StatusNotFound, sqlGet)
	})
	mux.HandleFunc("PATCH /v1/projects/{id}", func(w http.ResponseWriter, r *http.Request) {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/merge-patch+json" {
			w.Header().Set("Accept-Patch", "application/merge-patch+json")
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		header := strings.Join(r.Header["If-Match"], ",")
		var hashes []string
		switch any := strings.TrimSpace(header) == "*"; {
		case header == "":
			w.WriteHeader(http.StatusPreconditionRequired)
			return
		case !any && !list.MatchString(header):
			http.Error(w, "If-Match is no list of tags", http.StatusBadRequest)
			return
		}
		for _, m := range member.FindAllStringSubmatch(header, -1) {
			if m[1] == "" {
				hashes = append(hashes, m[2])
			}
		}
		patch, err := parse(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		send(w, r, http.StatusPreconditionFailed, sqlPatch, patch, strings.TrimSpace(header) == "*", hashes)
	})
	return mux
}

// parse returns the patch as it came, when it is one.
func parse(r *http.Request) (map[string]json.RawMessage, error) {
	var patch map[string]json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&patch); err != nil {
		return nil, err
	}
	if patch == nil {
		return nil, errors.New("null is no patch of a project")
	}
	for name, text := range patch {
		if strings.Contains(string(text), `\u0000`) {
			return nil, errors.New("U+0000 cannot be kept")
		}
		var err error
		switch name {
		case "name":
			var f Field[string]
			if err = json.Unmarshal(text, &f); f.Null || f.Value == "" {
				err = errors.Join(err, errors.New("a project has a name"))
			}
		case "note":
			err = json.Unmarshal(text, new(Field[string]))
		case "budget":
			err = json.Unmarshal(text, new(Field[int64]))
		case "labels":
			err = json.Unmarshal(text, new(Field[map[string]Field[string]]))
		default:
			err = fmt.Errorf("%q cannot be changed", name)
		}
		if err != nil {
			return nil, err
		}
	}
	return patch, nil
}
