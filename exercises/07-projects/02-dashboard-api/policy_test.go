package dashboard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	dashboard "workbook/exercises/07-projects/02-dashboard-api"
	"workbook/exercises/internal/guard"
)

var allRoles = []string{"admin", "finance", "manager", "viewer"}

// may is the table of the README: "read salary" and the like, with the first letters of the roles.
var may = map[string]string{
	"read": "afmv", "create": "am", "update": "afm", "delete": "a",
	"read id": "afmv", "read name": "afmv", "read team": "afmv", "read phone": "am", "read salary": "af",
	"update name": "am", "update team": "am", "update phone": "a", "update salary": "af",
}

func allowed(role, what string) bool { return strings.Contains(may[what], role[:1]) }

var personFields = []string{"id", "name", "team", "phone", "salary"}

// visible are the fields of a person that a role may read.
func visible(role string) []string {
	return slices.DeleteFunc(slices.Clone(personFields), func(f string) bool { return !allowed(role, "read "+f) })
}

func TestCan(t *testing.T) {
	can := func(t *testing.T, p dashboard.Principal, a dashboard.Action, o dashboard.Object, want bool, why string) {
		t.Helper()
		got := guard.Call(t, func() dashboard.Decision { return dashboard.Can(p, a, o) })
		require.Equalf(t, want, got.Allowed, "%s.\n\n\tCan(%+v, %q, %+v)\n\nAllowed is", why, p, a, o)
	}
	const x, y = 41, 42
	t.Run("the_table", func(t *testing.T) {
		for _, role := range allRoles {
			for _, action := range []dashboard.Action{dashboard.Read, dashboard.Create, dashboard.Update, dashboard.Delete} {
				for _, field := range append([]string{""}, personFields...) {
					what := strings.TrimSpace(fmt.Sprint(string(action), " ", field))
					can(t, dashboard.Principal{Tenant: x, User: 7, Role: role}, action, dashboard.Object{Tenant: x, Kind: "person", Field: field}, allowed(role, what), "The table says who may do this to a person, or to a field of one")
				}
			}
		}
	})
	admin := dashboard.Principal{Tenant: x, User: 7, Role: "admin"}
	t.Run("an_action_that_there_is_not", func(t *testing.T) {
		for _, action := range []dashboard.Action{"frobnicate", "", "READ", "read ", "*"} {
			for _, field := range []string{"", "name"} {
				can(t, admin, action, dashboard.Object{Tenant: x, Kind: "person", Field: field}, false, "There is no such action")
			}
		}
	})
	t.Run("a_thing_that_there_is_not", func(t *testing.T) {
		for _, kind := range []string{"unicorn", "", "Person"} {
			can(t, admin, dashboard.Read, dashboard.Object{Tenant: x, Kind: kind}, false, "There is no such kind of things")
		}
		for _, field := range []string{"shoes", "Salary", "*"} {
			can(t, admin, dashboard.Read, dashboard.Object{Tenant: x, Kind: "person", Field: field}, false, "There is no such field")
			can(t, admin, dashboard.Update, dashboard.Object{Tenant: x, Kind: "person", Field: field}, false, "There is no such field")
		}
	})
	t.Run("a_role_that_there_is_not", func(t *testing.T) {
		for _, role := range []string{"", "Admin", "owner", "admi"} {
			can(t, dashboard.Principal{Tenant: x, User: 7, Role: role}, dashboard.Read, dashboard.Object{Tenant: x, Kind: "person"}, false, "There is no such role")
			can(t, dashboard.Principal{Tenant: x, User: 7, Role: role}, dashboard.Read, dashboard.Object{Tenant: x, Kind: "person", Field: "name"}, false, "There is no such role")
		}
	})
	t.Run("a_thing_of_another_tenant", func(t *testing.T) {
		for _, field := range []string{"", "name"} {
			can(t, admin, dashboard.Read, dashboard.Object{Tenant: y, Kind: "person", Field: field}, false, "The role is one in another tenant")
			can(t, admin, dashboard.Update, dashboard.Object{Tenant: y, Kind: "person", Field: field}, false, "The role is one in another tenant")
		}
	})
}
