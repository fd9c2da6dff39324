package dashboard_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/wire"
)

func TestHidden(t *testing.T) {
	refused := func(name, role string, queries ...string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			x := s.staff(3)
			for _, q := range queries {
				q = strings.ReplaceAll(q, "SALARY", text(x.people[1]["salary"]))
				q = strings.ReplaceAll(q, "PHONE", url.QueryEscape(x.people[1]["phone"].(string)))
				x.ask(s.Server, "A member with the role "+role+" asks with a field that they may not read", x.by[role], "GET", x.path("/people"+q), "", 403)
			}
		})
	}
	refused("filter_by_salary", "viewer", "?salary=SALARY", "?salary.min=500000000", "?salary.max=SALARY", "?team=sales&salary.min=1", "?salary=1&limit=1")
	refused("filter_by_phone", "finance", "?phone=PHONE", "?sort=salary&phone=PHONE")
	refused("sort_by_salary", "manager", "?sort=salary", "?sort=-salary", "?limit=1&sort=-salary&team=sales")
	refused("sort_by_phone", "viewer", "?sort=phone", "?sort=-phone")
	refused("sum_of_salaries", "manager", "/summary?by=team&sum=salary", "/summary?by=name&sum=salary")
	refused("groups_by_phone", "finance", "/summary?by=phone", "/summary?by=phone&sum=salary")
	refused("summary_of_filtered_people", "viewer", "/summary?by=team&salary.min=SALARY", "/summary?by=name&phone=PHONE")
	t.Run("a_name_that_is_no_field", func(t *testing.T) {
		s := open(t)
		x := s.staff(2)
		for _, q := range []string{"?shoes=1", "?Salary.min=1", "?SALARY=1", "?sort=Salary", "?sort=shoes", "?sort=tenant_id", "?sort=salary+DESC", "?sort=(salary)", "?salary.mean=1", "/summary?by=shoes", "/summary?by=Phone", "/summary?by=team&sum=Salary", "/summary?by=team&Salary.min=1", "?limit=0", "?limit=101", "?limit=x"} {
			x.ask(s.Server, "A query has a name that is no field or no condition, or a limit that is none", ned, "GET", x.path("/people"+q), "", 400, 403, 422)
		}
	})
	t.Run("the_cursor_of_another_role", func(t *testing.T) {
		s := open(t)
		x := s.staff(5)
		first := read[page](x, x.ask(s.Server, "The first page by salary", bob, "GET", x.path("/people?sort=salary&limit=2"), "", 200))
		require.NotNil(t, first.Next, "A first page of two of five people has a next one.")
		at := "cursor=" + url.QueryEscape(*first.Next)
		x.ask(s.Server, "A viewer goes on with the cursor of somebody who sees salaries", ned, "GET", x.path("/people?limit=2&sort=salary&"+at), "", 403)
		x.ask(s.Server, "A viewer goes on with the cursor of somebody who sees salaries, without their sort", ned, "GET", x.path("/people?limit=2&"+at), "", 400, 403, 422)
		x.ask(s.Server, "The cursor comes from another sort", bob, "GET", x.path("/people?limit=2&sort=name&"+at), "", 400, 422)
	})
	t.Run("what_a_cursor_tells", func(t *testing.T) {
		s := open(t)
		x := s.staff(4)
		for i, p := range x.people[:3] {
			path := x.path(fmt.Sprintf("/people?limit=%d", i+1))
			next := read[page](x, x.ask(s.Server, "A page", ned, "GET", path, "", 200)).Next
			require.NotNil(t, next, "A page that is not the last one has a next one.")
			seen := *next
			for _, decode := range []func(string) ([]byte, error){base64.StdEncoding.DecodeString, base64.URLEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.RawURLEncoding.DecodeString, hex.DecodeString} {
				if raw, err := decode(*next); err == nil {
					seen += " " + string(raw)
				}
			}
			for _, hidden := range []any{p["salary"], p["phone"]} {
				require.NotContainsf(t, seen, fmt.Sprint(hidden), "A viewer gets this cursor; it tells nothing that the viewer may not read: %s", seen)
			}
		}
	})
}

func TestValidator(t *testing.T) {
	open := func(t *testing.T) (*staffed, func(why string, u user, tag string, status int) wire.Answer) {
		x := open(t).staff(1)
		return x, func(why string, u user, tag string, status int) wire.Answer {
			t.Helper()
			var header []string
			if tag != "" {
				header = append(header, "If-None-Match: "+tag)
			}
			return x.is(why, x.Send(t, u.request("GET", x.one(x.people[0]), "", header...)), status)
		}
	}
	t.Run("of_the_same_role", func(t *testing.T) {
		x, ask := open(t)
		for _, role := range allRoles {
			tag := ask("One person", x.by[role], "", 200).Header.Get("ETag")
			require.NotEmpty(t, tag, "One person comes with an ETag.")
			ask("Nothing has changed since", x.by[role], tag, 304)
			x.ask(x.Server, "An admin changes the name", ann, "PATCH", x.one(x.people[0]), fmt.Sprintf(`{"name":"new for %s"}`, role), 200)
			ask("The name has changed since", x.by[role], tag, 200)
		}
	})
	t.Run("of_another_role", func(t *testing.T) {
		x, ask := open(t)
		for _, a := range allRoles {
			tag := ask("One person", x.by[a], "", 200).Header.Get("ETag")
			for _, b := range allRoles {
				if a != b {
					got := ask("The ETag was sent to a member with the role "+a+", who sees other fields than this "+b, x.by[b], tag, 200)
					require.ElementsMatchf(t, visible(b), keys(read[person](x, got)), "The fields that the %s may read.\n%s", b, got.Story())
				}
			}
		}
	})
	t.Run("of_the_role_before", func(t *testing.T) {
		x, ask := open(t)
		tag := ask("One person", bob, "", 200).Header.Get("ETag")
		x.ask(x.Server, "Finance becomes a viewer", ann, "PUT", x.member(bob), role("viewer"), 200)
		got := ask("The member saw more when the ETag was sent", bob, tag, 200)
		require.ElementsMatchf(t, visible("viewer"), keys(read[person](x, got)), "The fields that a viewer may read.\n%s", got.Story())
	})
}

func TestPolicyAtWork(t *testing.T) {
	t.Run("another_copy_changes_the_role", func(t *testing.T) {
		s := open(t)
		x, b := s.staff(2), s.start("second copy")
		for _, change := range []string{"finance", "viewer", "manager", "finance"} {
			s.ask(s.Server, "An admin changes the role, at the first copy", ann, "PUT", x.member(bob), role(change), 200)
			list := read[page](x, s.ask(b, "A member whose role has changed asks the second copy", bob, "GET", x.path("/people"), "", 200))
			require.Equalf(t, asAll(change, x.people), list.Items, "The role has just become %s. What the member sees in the list:", change)
			one := read[person](x, s.ask(b, "A member whose role has changed asks the second copy", bob, "GET", x.one(x.people[0]), "", 200))
			require.Equalf(t, as(change, x.people[0]), one, "The role has just become %s. What the member sees of one person:", change)
			status, team := map[bool]int{true: 200, false: 403}, s.rand.Word()
			s.ask(b, "The role has just become "+change, bob, "GET", x.path("/people?sort=salary"), "", status[allowed(change, "read salary")])
			s.ask(b, "The role has just become "+change, bob, "PATCH", x.one(x.people[1]), fmt.Sprintf(`{"team":%q}`, team), status[allowed(change, "update team")])
			if allowed(change, "update team") {
				x.people[1]["team"] = team
			}
		}
	})
	t.Run("questions_to_the_database", func(t *testing.T) {
		s := open(t)
		x, spy := s.staff(52), &pgtrace.Spy{}
		require.Len(t, read[page](x, s.ask(s.Server, "A page without a limit", eve, "GET", x.path("/people"), "", 200)).Items, 50, "Of 52 people, how many come when nobody says how many.")
		b := s.start("second copy", dbtest.With(spy))
		for _, path := range []string{"/people?limit=%d", "/people?limit=%d&sort=-name"} {
			trips := func(limit int) int {
				s.ask(b, "A page", eve, "GET", x.path(fmt.Sprintf(path, limit)), "", 200)
				spy.Reset()
				a := s.ask(b, "A page", eve, "GET", x.path(fmt.Sprintf(path, limit)), "", 200)
				require.Len(t, read[page](x, a).Items, limit, "A page has as many people as it should.")
				return spy.RoundTrips()
			}
			require.Equalf(t, trips(2), trips(22), "GET %s: how often the database is asked does not depend on how many people come. For 2 and for 22 people:\n%s", x.path(path), strings.Join(spy.SQL(), "\n"))
		}
	})
}
