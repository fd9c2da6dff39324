// Right: a transaction that locks the row, compares xmin in Go, and writes only the columns that the patch names.

// Package patchwithoutloss is an API of projects that several people change at
// the same time.
package patchwithoutloss

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Note   *string           `json:"note,omitempty"`
	Budget *int64            `json:"budget,omitempty"`
	Labels map[string]string `json:"labels"`

	xmin string // the transaction that wrote the row
}

func (p Project) tag() string { return fmt.Sprintf("%q", "x"+p.xmin) }

// Field is a member of a JSON object that was sent, or not.
type Field[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// UnmarshalJSON is called for a member that is there, null or not.
func (f *Field[T]) UnmarshalJSON(text []byte) error {
	f.Set = true
	if bytes.Equal(text, []byte("null")) {
		f.Null = true
		return nil
	}
	return json.Unmarshal(text, &f.Value)
}

// Routes answers GET and PATCH of /v1/projects/{id}.
func Routes(pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/projects/{id}", func(w http.ResponseWriter, r *http.Request) {
		var p Project
		var err error
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			p, err = load(r.Context(), pool, r.PathValue("id"), "")
		case http.MethodPatch:
			p, err = patch(r, pool)
		default:
			w.Header().Set("Allow", "GET, HEAD, PATCH")
			err = status(http.StatusMethodNotAllowed)
		}
		var s status
		switch {
		case errors.As(err, &s):
			if s == http.StatusUnsupportedMediaType {
				w.Header().Set("Accept-Patch", "application/merge-patch+json, application/json")
			}
			http.Error(w, s.Error(), int(s))
		case err != nil:
			slog.Error("projects", "error", err)
			http.Error(w, "internal error", http.StatusInternalServerError)
		default:
			w.Header().Set("ETag", p.tag())
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(p)
		}
	})
	return mux
}

type status int

func (s status) Error() string { return http.StatusText(int(s)) }

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func load(ctx context.Context, q querier, id, lock string) (Project, error) {
	p := Project{ID: id}
	if strings.ContainsRune(id, 0) {
		return p, status(http.StatusNotFound)
	}
	err := q.QueryRow(ctx, `SELECT name, note, budget, labels, xmin::text FROM projects WHERE id = $1`+lock, id).
		Scan(&p.Name, &p.Note, &p.Budget, &p.Labels, &p.xmin)
	if errors.Is(err, pgx.ErrNoRows) {
		err = status(http.StatusNotFound)
	}
	return p, err
}

func patch(r *http.Request, pool *pgxpool.Pool) (p Project, err error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/merge-patch+json" && mediaType != "application/json" {
		return p, status(http.StatusUnsupportedMediaType)
	}
	var c struct {
		Name   Field[string]
		Note   Field[string]
		Budget Field[int64]
		Labels Field[map[string]Field[string]]
	}
	text, err := io.ReadAll(r.Body)
	if err != nil || !strings.HasPrefix(strings.TrimSpace(string(text)), "{") || strings.Contains(string(text), `\u0000`) {
		return p, status(http.StatusBadRequest)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&c) != nil || c.Name.Set && (c.Name.Null || c.Name.Value == "") {
		return p, status(http.StatusUnprocessableEntity)
	}
	lines, sent := r.Header["If-Match"]
	if !sent {
		return p, status(http.StatusPreconditionRequired)
	}
	ctx := r.Context()
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if p, err = load(ctx, tx, r.PathValue("id"), ` FOR UPDATE`); err != nil {
			return err
		}
		if !matches(lines, p.tag()) {
			return status(http.StatusPreconditionFailed)
		}
		var sets []string
		args := []any{p.ID}
		set := func(column string, null bool, value any) {
			if null {
				value = nil
			}
			args = append(args, value)
			sets = append(sets, fmt.Sprintf("%s = $%d", column, len(args)))
		}
		if c.Name.Set {
			set("name", false, c.Name.Value)
		}
		if c.Note.Set {
			set("note", c.Note.Null, c.Note.Value)
		}
		if c.Budget.Set {
			set("budget", c.Budget.Null, c.Budget.Value)
		}
		if c.Labels.Set {
			if c.Labels.Null {
				clear(p.Labels)
			}
			for name, label := range c.Labels.Value {
				delete(p.Labels, name)
				if !label.Null {
					p.Labels[name] = label.Value
				}
			}
			set("labels", false, p.Labels)
		}
		if len(sets) == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE projects SET `+strings.Join(sets, ", ")+` WHERE id = $1`, args...); err != nil {
			return err
		}
		p, err = load(ctx, tx, p.ID, "")
		return err
	})
	return p, err
}

func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one == "*" || one == tag {
				return true
			}
		}
	}
	return false
}
