package tenancy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	tenancy "workbook/exercises/05-security/06-whose-row"
	"workbook/exercises/internal/wire"
)

func project(id int64) string         { return fmt.Sprint("/v1/projects/", id) }
func tasks(projectID int64) string    { return project(projectID) + "/tasks" }
func task(projectID, id int64) string { return fmt.Sprint(tasks(projectID), "/", id) }
func (w *tenant) project(i int) tenancy.Project {
	slug := fmt.Sprintf("%s-%d", w.name, i)
	return tenancy.Project{ID: w.projects[i], OwnerID: user + int64(i), Slug: slug, Name: "Project " + slug}
}
func (w *tenant) task(i, j int) tenancy.Task {
	return tenancy.Task{ID: w.tasks[i][j], ProjectID: w.projects[i], Title: fmt.Sprintf("Task %s-%d-%d", w.name, i, j)}
}

// expect sends a request and compares the JSON of the answer.
func expect[T any](s *site, server *wire.Server, who *tenant, why, method, path, body string, status int, want func(got T) T) T {
	s.t.Helper()
	a := s.send(server, who, why, method, path, body, status)
	got := wire.JSON[T](s.t, a)
	require.Equalf(s.t, want(got), got, "A user of tenant %s asks. %s.\n%s", who.name, why, a.Story())
	return got
}

// is what does not depend on the answer.
func is[T any](want T) func(T) T { return func(T) T { return want } }

func TestOwn(t *testing.T) {
	t.Run("reads", func(t *testing.T) {
		s := open(t)
		server := s.serve()
		for _, who := range []*tenant{s.a, s.b} {
			expect(s, server, who, "The list has the tenant's projects, by id", "GET", "/v1/projects", "", 200, is([]tenancy.Project{who.project(0), who.project(1)}))
			expect(s, server, who, "The project, which a colleague has made", "GET", project(who.projects[1]), "", 200, is(who.project(1)))
			expect(s, server, who, "The list has the tasks of the project, by id", "GET", tasks(who.projects[0]), "", 200, is([]tenancy.Task{who.task(0, 0), who.task(0, 1)}))
			expect(s, server, who, "The task", "GET", task(who.projects[0], who.tasks[0][1]), "", 200, is(who.task(0, 1)))
		}
		expect(s, server, &tenant{name: "C", id: s.b.id + 1}, "A tenant without projects gets []", "GET", "/v1/projects", "", 200, is([]tenancy.Project{}))
	})

	t.Run("writes", func(t *testing.T) {
		s := open(t)
		server := s.serve()
		p := expect(s, server, s.a, fmt.Sprintf("A new project; its owner is user %d, who asks", user), "POST", "/v1/projects", `{"slug":"new","name":"New"}`, 201, func(got tenancy.Project) tenancy.Project {
			return tenancy.Project{ID: got.ID, OwnerID: user, Slug: "new", Name: "New"}
		})
		p.Name = "Newer"
		expect(s, server, s.a, "The project with its new name", "PATCH", project(p.ID), `{"name":"Newer"}`, 200, is(p))
		task1 := expect(s, server, s.a, "A new task", "POST", tasks(p.ID), `{"title":"New"}`, 201, func(got tenancy.Task) tenancy.Task {
			return tenancy.Task{ID: got.ID, ProjectID: p.ID, Title: "New"}
		})
		task2 := expect(s, server, s.a, "A second task", "POST", tasks(p.ID), `{"title":"Second"}`, 201, func(got tenancy.Task) tenancy.Task {
			return tenancy.Task{ID: got.ID, ProjectID: p.ID, Title: "Second"}
		})
		task1.Title = "Newer"
		expect(s, server, s.a, "The task with its new title", "PATCH", task(p.ID, task1.ID), `{"title":"Newer"}`, 200, is(task1))
		s.send(server, s.a, "A task", "DELETE", task(p.ID, task2.ID), "", 204)
		expect(s, server, s.a, "The tasks after two were added, one of them changed, and the other deleted", "GET", tasks(p.ID), "", 200, is([]tenancy.Task{task1}))
		s.send(server, s.a, "A project with tasks", "DELETE", project(s.a.projects[0]), "", 204)
		expect(s, server, s.a, "The projects after one was added and changed, and another one deleted", "GET", "/v1/projects", "", 200, is([]tenancy.Project{s.a.project(1), p}))
		require.Equal(t, "3 4", value[string](s, `SELECT count(*) FILTER (WHERE tenant_id = $1) || ' ' || count(*) FILTER (WHERE tenant_id = $2) FROM tasks`, s.a.id, s.b.id), "How many tasks the tenants A and B have. Both had 4; A has added one, and deleted a project that had two.")
	})
}

func TestNotFound(t *testing.T) {
	absent := func(name, why string, requests func(a, b *tenant) []wire.Request) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			server, before := s.serve(), s.rows()
			for _, r := range requests(s.a, s.b) {
				a := s.send(server, s.a, why, r.Method, r.Path, r.Body, 404)
				require.Equalf(t, before, s.rows(), "A request that is refused changes nothing. %s.\n%s", why, a.Story())
			}
		})
	}
	one := func(method, body string, path func(a, b *tenant) string) func(a, b *tenant) []wire.Request {
		return func(a, b *tenant) []wire.Request {
			return []wire.Request{{Method: method, Path: path(a, b), Body: body}}
		}
	}
	const why = "The project is one of tenant B"
	theirs := func(a, b *tenant) string { return project(b.projects[0]) }
	absent("get_project", why, one("GET", "", theirs))
	absent("patch_project", why, one("PATCH", `{"name":"Stolen"}`, theirs))
	absent("delete_project", why, one("DELETE", "", theirs))
	absent("list_tasks", why, one("GET", "", func(_, b *tenant) string { return tasks(b.projects[0]) }))
	absent("post_task", why, one("POST", `{"title":"New"}`, func(_, b *tenant) string { return tasks(b.projects[0]) }))
	absent("a_missing_project", "No tenant has the project", func(_, b *tenant) []wire.Request {
		gone := b.projects[0] + 1000
		return []wire.Request{
			{Path: project(gone)}, {Method: "PATCH", Path: project(gone), Body: `{"name":"New"}`}, {Method: "DELETE", Path: project(gone)},
			{Path: tasks(gone)}, {Method: "POST", Path: tasks(gone), Body: `{"title":"New"}`},
		}
	})

	nested := func(name, why string, path func(a, b *tenant) string) {
		absent(name, why, func(a, b *tenant) []wire.Request {
			at := path(a, b)
			return []wire.Request{{Path: at}, {Method: "PATCH", Path: at, Body: `{"title":"Stolen"}`}, {Method: "DELETE", Path: at}}
		})
	}
	nested("task_of_another_tenant", "The project and its task are of tenant B", func(_, b *tenant) string { return task(b.projects[0], b.tasks[0][0]) })
	nested("task_of_another_tenant_below_ones_own_project", "The project is one of tenant A, the task one of tenant B", func(a, b *tenant) string { return task(a.projects[0], b.tasks[0][0]) })
	nested("ones_own_task_below_another_tenants_project", "The project is one of tenant B, the task one of tenant A", func(a, b *tenant) string { return task(b.projects[0], a.tasks[0][0]) })
	nested("ones_own_task_below_another_project", "Both are of tenant A, but the task is one of another project", func(a, _ *tenant) string { return task(a.projects[1], a.tasks[0][0]) })
}

// TestBody sends bodies with members that clients must not write.
func TestBody(t *testing.T) {
	// added are the columns of the row that a success adds: of the caller's tenant, and user.
	body := func(name, method, plain string, path func(a *tenant) string, added func(s *site) string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			server, all := s.serve(), []string{"name", "title"}
			for i, other := range []int64{s.b.projects[1], s.a.projects[1]} {
				before := s.rows(all...)
				sent := fmt.Sprintf(`{%s,"id":%d,"tenant_id":%d,"owner_id":%d,"project_id":%d}`, strings.Replace(plain, "#", fmt.Sprint(i), 1), s.b.id+1000, s.b.id, colleague+1, other)
				a := s.send(server, s.a, "Members that are not for clients to write are ignored, or refused with a 4xx", method, path(s.a), sent, 200, 201, 400, 403, 409, 422)
				if a.Status == 201 {
					before = append(before, added(s))
				}
				require.ElementsMatchf(t, before, s.rows(all...), "The rows afterwards, without names and titles. Tenant A is %d, its user %d, tenant B is %d. A body moves no row to another tenant, owner or project.\n%s", s.a.id, user, s.b.id, a.Story())
			}
		})
	}
	projects := func(a *tenant) string { return "/v1/projects" }
	body("post_project", "POST", `"slug":"new-#","name":"New"`, projects, func(s *site) string {
		return value[string](s, `SELECT 'projects ' || (to_jsonb(p) - 'name' || jsonb_build_object('tenant_id', $1::bigint, 'owner_id', $2::bigint))::text FROM projects p ORDER BY id DESC LIMIT 1`, s.a.id, user)
	})
	body("patch_project", "PATCH", `"name":"New"`, func(a *tenant) string { return project(a.projects[0]) }, nil)
	body("post_task", "POST", `"title":"New"`, func(a *tenant) string { return tasks(a.projects[0]) }, func(s *site) string {
		return value[string](s, `SELECT 'tasks ' || (to_jsonb(t) - 'title' || jsonb_build_object('tenant_id', $1::bigint, 'project_id', $2::bigint))::text FROM tasks t ORDER BY id DESC LIMIT 1`, s.a.id, s.a.projects[0])
	})
	body("patch_task", "PATCH", `"title":"New"`, func(a *tenant) string { return task(a.projects[0], a.tasks[0][0]) }, nil)
}

func TestSlug(t *testing.T) {
	t.Run("of_another_tenant", func(t *testing.T) {
		s := open(t)
		a := s.send(s.serve(), s.a, "Tenant B has a project with this slug, tenant A has none", "POST", "/v1/projects", `{"slug":"B-0","name":"New"}`, 201)
		require.Equalf(t, "B-0", wire.JSON[tenancy.Project](t, a).Slug, "The slug of the new project.\n%s", a.Story())
	})
	t.Run("twice", func(t *testing.T) {
		s := open(t)
		before := s.rows()
		a := s.send(s.serve(), s.a, "Tenant A has a project with this slug already", "POST", "/v1/projects", `{"slug":"A-0","name":"New"}`, 409)
		require.Equalf(t, before, s.rows(), "A request that is refused changes nothing.\n%s", a.Story())
	})
}
