// Wrong: what was written before the error is right all the same.
//checker:fails TestWithTenant/rolls_back

// Package tenancy keeps the projects of several tenants in shared tables.
package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A Caller is who sends a request: a user of a tenant.
type Caller struct{ Tenant, User int64 }

// Project and Task are what clients get as JSON.
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

// WithTenant calls fn in a transaction that sees, and writes, the rows of the
// tenant and no others. It commits when fn returns nil; otherwise it rolls back
// and returns the error.
func WithTenant(ctx context.Context, pool *pgxpool.Pool, tenant int64, fn func(tx pgx.Tx) error) error {
	var failed error
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// The last argument makes it SET LOCAL: it ends with the transaction, so the connection goes back without it.
		_, err := tx.Exec(ctx, `SELECT set_config('app.tenant', $1, true)`, strconv.FormatInt(tenant, 10))
		if err != nil {
			return fmt.Errorf("set tenant: %w", err)
		}
		failed = fn(tx)
		return nil
	})
	return errors.Join(failed, err)
}

// newProject, newName and title are what clients may write. A Project in their
// place would let them write its owner too.
type (
	newProject struct{ Slug, Name string }
	newName    struct{ Name string }
	title      struct{ Title string }
)

// errBody means that the request's body cannot be read.
var errBody = errors.New("read body")

// call is a request inside the transaction of its tenant.
type call struct {
	*http.Request
	tx   pgx.Tx
	user int64
}

// Routes answers requests for projects and tasks. None of its queries names the
// tenant: the policies do.
func Routes(pool *pgxpool.Pool, who func(r *http.Request) Caller) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, status int, do func(c call) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			caller := who(r)
			var result any
			err := WithTenant(r.Context(), pool, caller.Tenant, func(tx pgx.Tx) (err error) {
				result, err = do(call{r, tx, caller.User})
				return err
			})
			answer(w, r, status, result, err)
		})
	}
	handle("GET /v1/projects", http.StatusOK, func(c call) (any, error) {
		return list[Project](c, `SELECT id, owner_id, slug, name FROM projects ORDER BY id`)
	})
	handle("POST /v1/projects", http.StatusCreated, func(c call) (any, error) {
		in, err := body[newProject](c)
		if err != nil {
			return nil, err
		}
		return one[Project](c, `INSERT INTO projects (owner_id, slug, name) VALUES ($1, $2, $3) RETURNING id, owner_id, slug, name`, c.user, in.Slug, in.Name)
	})
	handle("GET /v1/projects/{p}", http.StatusOK, func(c call) (any, error) {
		return one[Project](c, `SELECT id, owner_id, slug, name FROM projects WHERE id = $1`, c.id("p"))
	})
	handle("PATCH /v1/projects/{p}", http.StatusOK, func(c call) (any, error) {
		in, err := body[newName](c)
		if err != nil {
			return nil, err
		}
		return one[Project](c, `UPDATE projects SET name = $2 WHERE id = $1 RETURNING id, owner_id, slug, name`, c.id("p"), in.Name)
	})
	handle("DELETE /v1/projects/{p}", http.StatusNoContent, func(c call) (any, error) {
		return one[Project](c, `DELETE FROM projects WHERE id = $1 RETURNING id, owner_id, slug, name`, c.id("p"))
	})
	handle("GET /v1/projects/{p}/tasks", http.StatusOK, func(c call) (any, error) {
		if _, err := one[struct{ ID int64 }](c, `SELECT id FROM projects WHERE id = $1`, c.id("p")); err != nil {
			return nil, err
		}
		return list[Task](c, `SELECT id, project_id, title FROM tasks WHERE project_id = $1 ORDER BY id`, c.id("p"))
	})
	handle("POST /v1/projects/{p}/tasks", http.StatusCreated, func(c call) (any, error) {
		in, err := body[title](c)
		if err != nil {
			return nil, err
		}
		return one[Task](c, `INSERT INTO tasks (project_id, title) SELECT id, $2 FROM projects WHERE id = $1 RETURNING id, project_id, title`, c.id("p"), in.Title)
	})
	handle("GET /v1/projects/{p}/tasks/{t}", http.StatusOK, func(c call) (any, error) {
		return one[Task](c, `SELECT id, project_id, title FROM tasks WHERE project_id = $1 AND id = $2`, c.id("p"), c.id("t"))
	})
	handle("PATCH /v1/projects/{p}/tasks/{t}", http.StatusOK, func(c call) (any, error) {
		in, err := body[title](c)
		if err != nil {
			return nil, err
		}
		return one[Task](c, `UPDATE tasks SET title = $3 WHERE project_id = $1 AND id = $2 RETURNING id, project_id, title`, c.id("p"), c.id("t"), in.Title)
	})
	handle("DELETE /v1/projects/{p}/tasks/{t}", http.StatusNoContent, func(c call) (any, error) {
		return one[Task](c, `DELETE FROM tasks WHERE project_id = $1 AND id = $2 RETURNING id, project_id, title`, c.id("p"), c.id("t"))
	})
	return mux
}

// id is a number of the path; 0, which no row has, when it is none.
func (c call) id(name string) int64 {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func body[T any](c call) (in T, err error) {
	if err := json.NewDecoder(http.MaxBytesReader(nil, c.Body, 1<<20)).Decode(&in); err != nil {
		return in, fmt.Errorf("%w: %w", errBody, err)
	}
	return in, nil
}

func list[T any](c call, sql string, args ...any) ([]T, error) {
	rows, _ := c.tx.Query(c.Context(), sql, args...)
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

func one[T any](c call, sql string, args ...any) (T, error) {
	rows, _ := c.tx.Query(c.Context(), sql, args...)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
}

// answer sends the result, or what the error means. The transaction has ended.
func answer(w http.ResponseWriter, r *http.Request, status int, result any, err error) {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		status = http.StatusNotFound
	case errors.As(err, &refused) && refused.Code == "23505":
		status = http.StatusConflict
	case errors.Is(err, errBody):
		status = http.StatusBadRequest
	case err != nil:
		slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
		status = http.StatusInternalServerError
	}
	if err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(result) // the client is gone when this fails
}
