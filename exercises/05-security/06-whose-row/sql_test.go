package tenancy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// TestApplication and TestOwner are the promises about SQL, for the two roles that programs connect as.
func TestApplication(t *testing.T) { testRole(t, application) }
func TestOwner(t *testing.T)       { testRole(t, owner) }

func testRole(t *testing.T, as role) {
	t.Run("reads", func(t *testing.T) {
		s := open(t)
		pool := as.pool(s)
		for _, who := range []*tenant{s.a, s.b, s.a} {
			for table, want := range map[string]string{"projects": "2 2", "tasks": "4 4"} {
				got := s.query(pool, who, fmt.Sprintf(`SELECT count(*) || ' ' || count(*) FILTER (WHERE tenant_id = $1) FROM %s`, table), who.id)
				require.Equalf(t, []string{want}, got, "Through WithTenant a query reads the tenant's rows and no others. Connected as %s, tenant %s counted the rows of %s, and how many of them are its own.", as.name, who.name, table)
			}
		}
	})

	write := func(name, story, sql string, theirs string, mine int64) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			pool := as.pool(s)
			before := value[[]string](s, `SELECT array(`+theirs+`)`, s.b.id)
			var done int64
			err := s.with(pool, s.a, func(ctx context.Context, tx pgx.Tx) error {
				tag, err := tx.Exec(ctx, sql)
				done = tag.RowsAffected()
				return err
			})
			require.NoErrorf(t, err, "Connected as %s, tenant A sent through WithTenant: %s", as.name, sql)
			require.Equalf(t, before, value[[]string](s, `SELECT array(`+theirs+`)`, s.b.id), "Through WithTenant a statement %s the tenant's rows and no others. Connected as %s, tenant A sent: %s. These are rows of tenant B.", story, as.name, sql)
			require.Equalf(t, mine, done, "Through WithTenant a statement %s the tenant's rows. Connected as %s, tenant A sent: %s. So many rows were affected.", story, as.name, sql)
		})
	}
	const projectsOf, tasksOf = `SELECT p::text FROM projects p WHERE tenant_id = $1 ORDER BY id`, `SELECT t::text FROM tasks t WHERE tenant_id = $1 ORDER BY id`
	write("changes_projects", "changes", `UPDATE projects SET name = 'changed'`, projectsOf, 2)
	write("changes_tasks", "changes", `UPDATE tasks SET title = 'changed'`, tasksOf, 4)
	write("deletes_projects", "deletes", `WITH gone AS (DELETE FROM tasks) DELETE FROM projects`, projectsOf, 2)
	write("deletes_tasks", "deletes", `DELETE FROM tasks`, tasksOf, 4)

	refuse := func(name, story, sql string, args func(s *site) []any) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			with := args(s)
			before := s.rows()
			err := s.exec(as.pool(s), s.a, sql, with...)
			require.Equalf(t, before, s.rows(), "Connected as %s, tenant A tried to %s. That is refused, and nothing changes.\n%s %v", as.name, story, sql, with)
			require.Errorf(t, err, "Connected as %s, tenant A tried to %s. That is refused with an error.\n%s %v", as.name, story, sql, with)
		})
	}
	refuse("inserts_a_project_for_another_tenant", "insert a project for tenant B", `INSERT INTO projects (tenant_id, owner_id, slug, name) VALUES ($1, 7, 'new', 'New')`, func(s *site) []any { return []any{s.b.id} })
	refuse("inserts_a_task_for_another_tenant", "insert a task for tenant B, below its own project", `INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, 'New')`, func(s *site) []any { return []any{s.b.id, s.a.projects[0]} })
	refuse("inserts_a_task_below_another_tenants_project", "insert a task for tenant B, below a project of tenant B", `INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, 'New')`, func(s *site) []any { return []any{s.b.id, s.b.projects[0]} })
	refuse("gives_its_projects_to_another_tenant", "give all its projects, which have no tasks, to tenant B", `UPDATE projects SET tenant_id = $1`, func(s *site) []any {
		value[int](s, `WITH gone AS (DELETE FROM tasks WHERE tenant_id = $1 RETURNING 1) SELECT count(*) FROM gone`, s.a.id)
		return []any{s.b.id}
	})

	t.Run("refers_to_another_tenants_project", func(t *testing.T) {
		s := open(t)
		pool, before, missing := as.pool(s), s.rows(), s.rand.Between(1000, 1<<40)
		for _, sql := range []string{`INSERT INTO tasks (tenant_id, project_id, title) VALUES ($1, $2, 'New')`, `UPDATE tasks SET project_id = $2 WHERE tenant_id = $1`} {
			theirs, none := s.exec(pool, s.a, sql, s.a.id, s.b.projects[0]), s.exec(pool, s.a, sql, s.a.id, missing)
			require.Equalf(t, before, s.rows(), "A task cannot get a project of another tenant. Connected as %s, tenant A wanted a task to have a project of tenant B: %s", as.name, sql)
			require.Errorf(t, theirs, "A task cannot get a project of another tenant: that is an error. Connected as %s, tenant A sent: %s", as.name, sql)
			require.Equalf(t, sqlstate(none), sqlstate(theirs), "Another tenant's project is refused as one that does not exist (expected), with the same SQLSTATE: otherwise tenant A can find out which projects tenant B has. Connected as %s, tenant A sent: %s", as.name, sql)
		}
	})

	blind := func(name, sql, story string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			pool := as.pool(s)
			if sql != "" {
				_ = s.exec(pool, s.a, sql)
			}
			s.requireBlind(as, pool, story)
			_, err := pool.Exec(t.Context(), `RESET ALL`)
			require.NoError(t, err)
			s.requireBlind(as, pool, story+"; after that it got RESET ALL")
		})
	}
	blind("without_a_tenant", "", "The connection is new")
	blind("after_a_commit", `SELECT FROM projects`, "WithTenant has used the connection for tenant A, and has committed")
	blind("after_a_rollback", `SELECT 1/0`, "WithTenant has used the connection for tenant A, and has rolled back")
}

// requireBlind fails the test unless the pool's one connection has no rows to read or to write.
func (s *site) requireBlind(as role, pool *pgxpool.Pool, story string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	conn, err := pool.Acquire(ctx)
	require.NoErrorf(s.t, err, "%s. The pool has one connection; then the test asked for it.", story)
	defer conn.Release()
	before := s.rows()
	send := func(sql string, args ...any) {
		rows, _ := conn.Query(ctx, sql, args...)
		got, _ := pgx.CollectRows(rows, pgx.RowToMap) // an error is as good as no rows
		require.Emptyf(s.t, got, "Outside of WithTenant a connection gets no rows, or an error. Connected as %s. %s. Then it got rows for: %s", as.name, story, sql)
		_, err := conn.Exec(ctx, `SELECT 1`)
		require.NoErrorf(s.t, err, "A connection outside of WithTenant stays usable. Connected as %s. %s. It got SELECT 1 after: %s", as.name, story, sql)
	}
	for _, sql := range []string{`SELECT * FROM projects`, `SELECT * FROM tasks`, `SELECT * FROM project_progress`, `UPDATE projects SET name = 'changed'`, `DELETE FROM tasks`} {
		send(sql)
	}
	send(`INSERT INTO projects (tenant_id, owner_id, slug, name) VALUES ($1, 7, 'new', 'New')`, s.a.id)
	require.Equalf(s.t, before, s.rows(), "Outside of WithTenant a connection changes nothing. Connected as %s. %s. Then it sent an UPDATE of all projects, a DELETE of all tasks and an INSERT of a project for tenant A.", as.name, story)
}

func TestWithTenant(t *testing.T) {
	end := func(name, story, want string, own error) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			err := s.with(application.pool(s), s.a, func(ctx context.Context, tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE projects SET name = 'changed' WHERE id = $1`, s.a.projects[0]); err != nil {
					return err
				}
				return own
			})
			require.ErrorIs(t, err, own, "WithTenant returns what fn has returned.")
			require.Equalf(t, want, value[string](s, `SELECT name FROM projects WHERE id = $1`, s.a.projects[0]), "%s. fn changed the name of a project before. This is the name afterwards.", story)
		})
	}
	end("commits", "WithTenant commits when fn returns nil", "changed", nil)
	end("rolls_back", "WithTenant rolls back when fn returns an error", "Project A-0", errors.New("fn's own error"))
}

func TestView(t *testing.T) {
	see := func(name, story, sql string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			if sql != "" {
				_, err := s.Super().Exec(t.Context(), sql)
				require.NoErrorf(t, err, "project_progress stays a view: %s", sql)
			}
			for _, who := range []*tenant{s.a, s.b} {
				var want []string
				for i, id := range who.projects {
					want = append(want, fmt.Sprintf("%d %d %s-%d 2", who.id, id, who.name, i))
				}
				got := s.query(application.pool(s), who, `SELECT concat_ws(' ', tenant_id, project_id, slug, tasks) FROM project_progress ORDER BY project_id`)
				require.Equalf(t, want, got, "Through project_progress a tenant sees its own projects, and no others. %s. Tenant %s read it through WithTenant (tenant_id, project_id, slug, tasks).", story, who.name)
			}
		})
	}
	see("of_the_owner", "The view's owner is the owner of the tables", "")
	see("of_a_superuser", "A superuser owns the view", `ALTER VIEW project_progress OWNER TO CURRENT_USER`)
}
