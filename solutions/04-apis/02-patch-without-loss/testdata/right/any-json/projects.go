// Right: the project as JSON under a row lock, merged by the algorithm of RFC 7396; the tag is a hash of that JSON.

// Package patchwithoutloss is an API of projects that several people change at
// the same time.
package patchwithoutloss

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
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
	f.Set, f.Null = true, string(text) == "null"
	return json.Unmarshal(text, &f.Value)
}

// project is a JSON object; what is null is not in it.
type project struct {
	ID     string             `json:"id"`
	Name   *string            `json:"name"`
	Note   *string            `json:"note,omitempty"`
	Budget *int64             `json:"budget,omitempty"`
	Labels *map[string]string `json:"labels"`
}

// merge is MergePatch of RFC 7396.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = merge(object[name], value)
		}
	}
	return object
}

func parse(r io.Reader) (value any, err error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// patched returns p with the patch, or false when that is no project any more.
func patched(p project, patch any) (project, bool) {
	text, _ := json.Marshal(p)
	old, _ := parse(bytes.NewReader(text))
	text, _ = json.Marshal(merge(old, patch))
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var now project
	if err := d.Decode(&now); err != nil || now.ID != p.ID || now.Name == nil || *now.Name == "" || bytes.Contains(text, []byte(`\u0000`)) {
		return p, false
	}
	if now.Labels == nil {
		now.Labels = &map[string]string{}
	}
	return now, true
}

// Routes answers GET and PATCH of /v1/projects/{id}.
func Routes(pool *pgxpool.Pool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, p := http.StatusNotFound, project{}
		if id, ok := strings.CutPrefix(r.URL.Path, "/v1/projects/"); ok && !strings.ContainsAny(id, "/\x00") {
			switch r.Method {
			case "GET":
				status, p = get(r.Context(), pool, id, "")
			case "PATCH":
				status, p = patch(r, pool, id)
			default:
				status = http.StatusMethodNotAllowed
			}
		}
		if status == http.StatusUnsupportedMediaType {
			w.Header().Add("Accept-Patch", "application/json")
			w.Header().Add("Accept-Patch", "application/merge-patch+json")
		}
		body := []byte(fmt.Sprintf(`{"status": %d}`, status))
		if status == http.StatusOK {
			var tag string
			body, tag = encode(p)
			w.Header().Set("ETag", tag)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func encode(p project) (body []byte, tag string) {
	body, _ = json.Marshal(p)
	return body, fmt.Sprintf(`"%x"`, sha256.Sum256(body))
}

func get(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, id, lock string) (int, project) {
	rows, _ := q.Query(ctx, `SELECT id, name, note, budget, labels FROM projects WHERE id = $1`+lock, id)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[project])
	switch {
	case err != nil:
		slog.Error("read project", "error", err)
		return http.StatusInternalServerError, project{}
	case len(found) == 0:
		return http.StatusNotFound, project{}
	}
	return http.StatusOK, found[0]
}

func patch(r *http.Request, pool *pgxpool.Pool, id string) (int, project) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/merge-patch+json" && mediaType != "application/json" {
		return http.StatusUnsupportedMediaType, project{}
	}
	body, err := parse(r.Body)
	if _, object := body.(map[string]any); err != nil || !object {
		return http.StatusBadRequest, project{}
	}
	ctx := r.Context()
	tx, err := pool.Begin(ctx)
	if err != nil {
		return http.StatusInternalServerError, project{}
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	status, old := get(ctx, tx, id, ` FOR NO KEY UPDATE`)
	if status != http.StatusOK {
		return status, old
	}
	if _, tag := encode(old); !match(r.Header, tag) {
		if len(r.Header.Values("If-Match")) == 0 {
			return http.StatusPreconditionRequired, old
		}
		return http.StatusPreconditionFailed, old
	}
	now, ok := patched(old, body)
	if !ok {
		return http.StatusUnprocessableEntity, old
	}
	_, err = tx.Exec(ctx, `UPDATE projects SET name = $2, note = $3, budget = $4, labels = $5 WHERE id = $1`, id, now.Name, now.Note, now.Budget, now.Labels)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		slog.Error("write project", "error", err)
		return http.StatusInternalServerError, old
	}
	return http.StatusOK, now
}

// match goes through If-Match letter by letter.
func match(header http.Header, tag string) bool {
	for _, line := range header.Values("If-Match") {
		line = strings.Trim(line, " \t")
		if line == "*" {
			return true
		}
		for line != "" {
			weak := strings.HasPrefix(line, "W/")
			line = strings.TrimPrefix(line, "W/")
			if line[0] != '"' {
				return false
			}
			end := strings.IndexByte(line[1:], '"')
			if end < 0 {
				return false
			}
			if !weak && line[:end+2] == tag {
				return true
			}
			line = strings.TrimLeft(line[end+2:], " \t,")
		}
	}
	return false
}
