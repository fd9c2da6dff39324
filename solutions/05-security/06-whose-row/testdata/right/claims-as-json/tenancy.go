// Right: the claims of the request as JSON in one setting, one table of SQL texts, and the database writes the JSON.

// Package tenancy keeps the projects of several tenants in shared tables.
package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type Caller struct{ Tenant, User int64 }

type Project struct {
	ID      int64  `json:"id"`
	OwnerID int64  `json:"owner_id"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
}

type Task struct {
	ID        int64  `json:"id"`
	ProjectID int64  `json:"project_id"`
	Title     string `json:"title"`
}

func WithTenant(ctx context.Context, pool *pgxpool.Pool, tenant int64, fn func(tx pgx.Tx) error) error {
	return withClaims(ctx, pool, map[string]any{"tenant": tenant}, fn)
}

func withClaims(ctx context.Context, pool *pgxpool.Pool, claims map[string]any, fn func(tx pgx.Tx) error) error {
	text, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`SELECT set_config('request.claims', $1, true)`, string(text))
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return fn(tx)
	})
}

const (
	asProject = `json_build_object('id', id, 'owner_id', owner_id, 'slug', slug, 'name', name)`
	asTask    = `json_build_object('id', id, 'project_id', project_id, 'title', title)`
	claim     = `(current_setting('request.claims')::jsonb->>'%s')::bigint`
)

// Each statement gets the path's numbers p and t as texts, and the members of the body. No row means 404.
var statements = []struct {
	pattern string
	status  int
	sql     string
}{
	{"GET /v1/projects", 200, `SELECT coalesce(json_agg(` + asProject + ` ORDER BY id), '[]') FROM projects`},
	{"POST /v1/projects", 201, `INSERT INTO projects (tenant_id, owner_id, slug, name)
		VALUES (current_tenant(), ` + fmt.Sprintf(claim, "user") + `, @slug, @name) RETURNING ` + asProject},
	{"GET /v1/projects/{p}", 200, `SELECT ` + asProject + ` FROM projects WHERE id::text = @p`},
	{"PATCH /v1/projects/{p}", 200, `UPDATE projects SET name = @name WHERE id::text = @p RETURNING ` + asProject},
	{"DELETE /v1/projects/{p}", 204, `DELETE FROM projects WHERE id::text = @p RETURNING ` + asProject},
	{"GET /v1/projects/{p}/tasks", 200, `SELECT (SELECT coalesce(json_agg(` + asTask + ` ORDER BY id), '[]') FROM tasks WHERE project_id = p.id)
		FROM projects p WHERE id::text = @p`},
	{"POST /v1/projects/{p}/tasks", 201, `INSERT INTO tasks (tenant_id, project_id, title)
		SELECT tenant_id, id, @title FROM projects WHERE id::text = @p RETURNING ` + asTask},
	{"GET /v1/projects/{p}/tasks/{t}", 200, `SELECT ` + asTask + ` FROM tasks WHERE project_id::text = @p AND id::text = @t`},
	{"PATCH /v1/projects/{p}/tasks/{t}", 200, `UPDATE tasks SET title = @title WHERE project_id::text = @p AND id::text = @t RETURNING ` + asTask},
	{"DELETE /v1/projects/{p}/tasks/{t}", 204, `DELETE FROM tasks WHERE project_id::text = @p AND id::text = @t RETURNING ` + asTask},
}

func Routes(pool *pgxpool.Pool, who func(r *http.Request) Caller) http.Handler {
	mux := http.NewServeMux()
	for _, s := range statements {
		mux.HandleFunc(s.pattern, func(w http.ResponseWriter, r *http.Request) {
			var body struct{ Slug, Name, Title string }
			if r.Method == "POST" || r.Method == "PATCH" {
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					http.Error(w, "no JSON", http.StatusBadRequest)
					return
				}
			}
			args := pgx.NamedArgs{"p": r.PathValue("p"), "t": r.PathValue("t"), "slug": body.Slug, "name": body.Name, "title": body.Title}
			caller := who(r)
			var text []byte
			err := withClaims(r.Context(), pool, map[string]any{"tenant": caller.Tenant, "user": caller.User}, func(tx pgx.Tx) error {
				return tx.QueryRow(r.Context(), s.sql, args).Scan(&text)
			})
			refused, _ := errors.AsType[*pgconn.PgError](err)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				w.WriteHeader(http.StatusNotFound)
			case refused != nil && refused.Code == "23505":
				w.WriteHeader(http.StatusConflict)
			case err != nil:
				w.WriteHeader(http.StatusInternalServerError)
			default:
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(s.status)
				if s.status != http.StatusNoContent {
					_, _ = w.Write(text)
				}
			}
		})
	}
	return mux
}
