// Right: a setting of the session, which is put back, or else the connection is closed; restrictive policies; the view has a condition of its own; 404 is decided by looking first.

// Package tenancy keeps the projects of several tenants in shared tables.
package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, `SELECT set_config('fence.tenant', '', false)`); err != nil {
			_ = conn.Conn().Close(ctx) // the pool throws it away
		}
	}()
	if _, err := conn.Exec(ctx, `SELECT set_config('fence.tenant', $1::bigint::text, false)`, tenant); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, conn, fn)
}

type status int

func (s status) Error() string { return http.StatusText(int(s)) }

type api struct {
	pool *pgxpool.Pool
	who  func(r *http.Request) Caller
}

func Routes(pool *pgxpool.Pool, who func(r *http.Request) Caller) http.Handler {
	return &api{pool, who}
}

// ServeHTTP finds what the path names, from left to right, and then does what the method says.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller, code, result := a.who(r), 200, any(nil)
	err := WithTenant(r.Context(), a.pool, caller.Tenant, func(tx pgx.Tx) (err error) {
		code, result, err = serve(r, tx, caller)
		return err
	})
	var s status
	if errors.As(err, &s) {
		code = int(s)
	} else if err != nil {
		code = 503
	}
	if err != nil || result == nil {
		w.WriteHeader(code)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(result)
}

func serve(r *http.Request, tx pgx.Tx, caller Caller) (int, any, error) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	if parts[0] != "projects" || len(parts) > 4 || len(parts) > 2 && parts[2] != "tasks" {
		return 0, nil, status(404)
	}
	var body struct{ Slug, Name, Title string }
	if r.Method == "POST" || r.Method == "PATCH" {
		if json.NewDecoder(r.Body).Decode(&body) != nil {
			return 0, nil, status(400)
		}
	}
	var project Project
	var task Task
	if len(parts) > 1 {
		id, _ := strconv.ParseInt(parts[1], 10, 64)
		err := tx.QueryRow(r.Context(), `SELECT id, owner_id, slug, name FROM projects WHERE id = $1 FOR UPDATE`, id).Scan(&project.ID, &project.OwnerID, &project.Slug, &project.Name)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, nil, status(404)
		} else if err != nil {
			return 0, nil, err
		}
	}
	if len(parts) == 4 {
		id, _ := strconv.ParseInt(parts[3], 10, 64)
		err := tx.QueryRow(r.Context(), `SELECT id, project_id, title FROM tasks WHERE id = $1 FOR UPDATE`, id).Scan(&task.ID, &task.ProjectID, &task.Title)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && task.ProjectID != project.ID {
			return 0, nil, status(404)
		} else if err != nil {
			return 0, nil, err
		}
	}
	switch r.Method + strconv.Itoa(len(parts)) {
	case "GET1":
		rows, _ := tx.Query(r.Context(), `SELECT id, owner_id, slug, name FROM projects ORDER BY id`)
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Project])
		return 200, all, err
	case "POST1":
		project = Project{OwnerID: caller.User, Slug: body.Slug, Name: body.Name}
		err := tx.QueryRow(r.Context(), `INSERT INTO projects (tenant_id, owner_id, slug, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id`,
			caller.Tenant, project.OwnerID, project.Slug, project.Name).Scan(&project.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, nil, status(409)
		}
		return 201, project, err
	case "GET2":
		return 200, project, nil
	case "PATCH2":
		project.Name = body.Name
		_, err := tx.Exec(r.Context(), `UPDATE projects SET name = $2 WHERE id = $1`, project.ID, project.Name)
		return 200, project, err
	case "DELETE2":
		_, err := tx.Exec(r.Context(), `DELETE FROM projects WHERE id = $1`, project.ID)
		return 204, nil, err
	case "GET3":
		rows, _ := tx.Query(r.Context(), `SELECT id, project_id, title FROM tasks WHERE project_id = $1 ORDER BY id`, project.ID)
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Task])
		return 200, all, err
	case "POST3":
		task = Task{ProjectID: project.ID, Title: body.Title}
		err := tx.QueryRow(r.Context(), `INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, $3) RETURNING id`, caller.Tenant, task.ProjectID, task.Title).Scan(&task.ID)
		return 201, task, err
	case "GET4":
		return 200, task, nil
	case "PATCH4":
		task.Title = body.Title
		_, err := tx.Exec(r.Context(), `UPDATE tasks SET title = $2 WHERE id = $1`, task.ID, task.Title)
		return 200, task, err
	case "DELETE4":
		_, err := tx.Exec(r.Context(), `DELETE FROM tasks WHERE id = $1`, task.ID)
		return 204, nil, err
	}
	return 0, nil, status(405)
}
