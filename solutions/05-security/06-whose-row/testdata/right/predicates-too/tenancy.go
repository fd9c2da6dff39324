// Right: policies for each command, and predicates in all queries besides; SET LOCAL; a store with methods; the tasks are deleted by the program.

// Package tenancy keeps the projects of several tenants in shared tables.
package tenancy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

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
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL tenancy.id = '%d'", tenant)); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

var (
	errMissing = errors.New("missing")
	errTaken   = errors.New("slug is taken")
	errBody    = errors.New("bad body")
)

// store is what one tenant has.
type store struct {
	ctx    context.Context
	tx     pgx.Tx
	tenant int64
}

const projectColumns = ` id, owner_id, slug, name `
const taskColumns = ` id, project_id, title `

func scanProject(row pgx.Row) (p Project, err error) {
	err = row.Scan(&p.ID, &p.OwnerID, &p.Slug, &p.Name)
	return p, known(err)
}

func scanTask(row pgx.Row) (t Task, err error) {
	err = row.Scan(&t.ID, &t.ProjectID, &t.Title)
	return t, known(err)
}

func known(err error) error {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errMissing
	case errors.As(err, &refused) && refused.ConstraintName == "slug_of_a_tenant":
		return errTaken
	}
	return err
}

func (s store) projects() ([]Project, error) {
	rows, err := s.tx.Query(s.ctx, `SELECT`+projectColumns+`FROM projects WHERE tenant_id = $1 ORDER BY id`, s.tenant)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Project{}
	for rows.Next() {
		p, err := scanProject(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, rows.Err()
}

func (s store) project(id int64) (Project, error) {
	return scanProject(s.tx.QueryRow(s.ctx, `SELECT`+projectColumns+`FROM projects WHERE tenant_id = $1 AND id = $2`, s.tenant, id))
}

func (s store) addProject(owner int64, slug, name string) (Project, error) {
	return scanProject(s.tx.QueryRow(s.ctx, `INSERT INTO projects (tenant_id, owner_id, slug, name) VALUES ($1, $2, $3, $4) RETURNING`+projectColumns, s.tenant, owner, slug, name))
}

func (s store) renameProject(id int64, name string) (Project, error) {
	return scanProject(s.tx.QueryRow(s.ctx, `UPDATE projects SET name = $3 WHERE tenant_id = $1 AND id = $2 RETURNING`+projectColumns, s.tenant, id, name))
}

func (s store) removeProject(id int64) error {
	if _, err := s.tx.Exec(s.ctx, `DELETE FROM tasks WHERE tenant_id = $1 AND project_id = $2`, s.tenant, id); err != nil {
		return err
	}
	tag, err := s.tx.Exec(s.ctx, `DELETE FROM projects WHERE tenant_id = $1 AND id = $2`, s.tenant, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = errMissing
	}
	return err
}

func (s store) tasks(project int64) ([]Task, error) {
	if _, err := s.project(project); err != nil {
		return nil, err
	}
	rows, err := s.tx.Query(s.ctx, `SELECT`+taskColumns+`FROM tasks WHERE tenant_id = $1 AND project_id = $2 ORDER BY id`, s.tenant, project)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Task, error) { return scanTask(row) })
}

func (s store) task(project, id int64) (Task, error) {
	return scanTask(s.tx.QueryRow(s.ctx, `SELECT`+taskColumns+`FROM tasks WHERE tenant_id = $1 AND project_id = $2 AND id = $3`, s.tenant, project, id))
}

func (s store) addTask(project int64, title string) (Task, error) {
	if _, err := s.project(project); err != nil {
		return Task{}, err
	}
	return scanTask(s.tx.QueryRow(s.ctx, `INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, $3) RETURNING`+taskColumns, s.tenant, project, title))
}

func (s store) renameTask(project, id int64, title string) (Task, error) {
	return scanTask(s.tx.QueryRow(s.ctx, `UPDATE tasks SET title = $4 WHERE tenant_id = $1 AND project_id = $2 AND id = $3 RETURNING`+taskColumns, s.tenant, project, id, title))
}

func (s store) removeTask(project, id int64) error {
	tag, err := s.tx.Exec(s.ctx, `DELETE FROM tasks WHERE tenant_id = $1 AND project_id = $2 AND id = $3`, s.tenant, project, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = errMissing
	}
	return err
}

func Routes(pool *pgxpool.Pool, who func(r *http.Request) Caller) http.Handler {
	// within runs work as the caller's tenant, with the numbers of the path and the members of the body; others are refused.
	within := func(members []string, work func(s store, c Caller, p, t int64, body map[string]string) (int, any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			c := who(r)
			p, perr := number(r, "p")
			t, terr := number(r, "t")
			body, err := read(r, members)
			if perr != nil || terr != nil {
				err = errMissing
			}
			var status int
			var result any
			if err == nil {
				err = WithTenant(r.Context(), pool, c.Tenant, func(tx pgx.Tx) (err error) {
					status, result, err = work(store{r.Context(), tx, c.Tenant}, c, p, t, body)
					return err
				})
			}
			switch {
			case errors.Is(err, errMissing):
				w.WriteHeader(404)
			case errors.Is(err, errTaken):
				w.WriteHeader(409)
			case errors.Is(err, errBody):
				w.WriteHeader(422)
			case err != nil:
				w.WriteHeader(500)
			case status == 204:
				w.WriteHeader(204)
			default:
				text, _ := json.Marshal(result)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = w.Write(text)
			}
		}
	}
	type members = map[string]string
	mux := http.NewServeMux()
	mux.Handle("GET /v1/projects", within(nil, func(s store, _ Caller, _, _ int64, _ members) (int, any, error) {
		v, err := s.projects()
		return 200, v, err
	}))
	mux.Handle("POST /v1/projects", within([]string{"slug", "name"}, func(s store, c Caller, _, _ int64, b members) (int, any, error) {
		v, err := s.addProject(c.User, b["slug"], b["name"])
		return 201, v, err
	}))
	mux.Handle("GET /v1/projects/{p}", within(nil, func(s store, _ Caller, p, _ int64, _ members) (int, any, error) {
		v, err := s.project(p)
		return 200, v, err
	}))
	mux.Handle("PATCH /v1/projects/{p}", within([]string{"name"}, func(s store, _ Caller, p, _ int64, b members) (int, any, error) {
		v, err := s.renameProject(p, b["name"])
		return 200, v, err
	}))
	mux.Handle("DELETE /v1/projects/{p}", within(nil, func(s store, _ Caller, p, _ int64, _ members) (int, any, error) {
		return 204, nil, s.removeProject(p)
	}))
	mux.Handle("GET /v1/projects/{p}/tasks", within(nil, func(s store, _ Caller, p, _ int64, _ members) (int, any, error) {
		v, err := s.tasks(p)
		return 200, v, err
	}))
	mux.Handle("POST /v1/projects/{p}/tasks", within([]string{"title"}, func(s store, _ Caller, p, _ int64, b members) (int, any, error) {
		v, err := s.addTask(p, b["title"])
		return 201, v, err
	}))
	mux.Handle("GET /v1/projects/{p}/tasks/{t}", within(nil, func(s store, _ Caller, p, t int64, _ members) (int, any, error) {
		v, err := s.task(p, t)
		return 200, v, err
	}))
	mux.Handle("PATCH /v1/projects/{p}/tasks/{t}", within([]string{"title"}, func(s store, _ Caller, p, t int64, b members) (int, any, error) {
		v, err := s.renameTask(p, t, b["title"])
		return 200, v, err
	}))
	mux.Handle("DELETE /v1/projects/{p}/tasks/{t}", within(nil, func(s store, _ Caller, p, t int64, _ members) (int, any, error) {
		return 204, nil, s.removeTask(p, t)
	}))
	return mux
}

// number is 0 where the path has no such part.
func number(r *http.Request, name string) (int64, error) {
	if r.PathValue(name) == "" {
		return 0, nil
	}
	return strconv.ParseInt(r.PathValue(name), 10, 64)
}

// read refuses members that are not among those of the request.
func read(r *http.Request, members []string) (map[string]string, error) {
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<16))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	var raw map[string]any
	if json.NewDecoder(bytes.NewReader(text)).Decode(&raw) != nil || len(raw) != len(members) {
		return nil, errBody
	}
	body := map[string]string{}
	for _, name := range members {
		value, ok := raw[name].(string)
		if !ok || value == "" {
			return nil, errBody
		}
		body[name] = value
	}
	return body, nil
}
