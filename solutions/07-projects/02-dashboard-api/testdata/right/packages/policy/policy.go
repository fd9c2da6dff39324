// Package policy decides who may do what.
package policy

type Action string

const (
	Read   Action = "read"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

type Principal struct {
	Tenant, User int64
	Role         string
}

type Object struct {
	Tenant int64
	Kind   string
	Field  string
}

type Decision struct {
	Allowed bool
	Reason  string
}

type right struct {
	role   string
	action Action
	kind   string
	field  string
}

// Fields are those of a person.
var Fields = []string{"id", "name", "team", "phone", "salary"}

var granted = map[right]bool{}

func grant(kind, field string, action Action, roles ...string) {
	for _, role := range roles {
		granted[right{role, action, kind, field}] = true
	}
}

func init() {
	for _, kind := range []string{"tenant", "member", "person", "dashboard"} {
		grant(kind, "", Read, "admin", "finance", "manager", "viewer")
	}
	for _, field := range []string{"id", "name", "team"} {
		grant("person", field, Read, "admin", "finance", "manager", "viewer")
	}
	for _, field := range []string{"", "id", "placed_at", "revenue", "paid"} {
		grant("order", field, Read, "admin", "finance", "manager", "viewer")
	}
	grant("order", "customer", Read, "admin", "finance")
	grant("order", "note", Read, "admin", "manager")
	grant("member", "", Update, "admin")
	grant("member", "", Delete, "admin")
	grant("invite", "", Create, "admin")
	grant("audit", "", Read, "admin")
	grant("person", "", Create, "admin", "manager")
	grant("person", "", Update, "admin", "manager", "finance")
	grant("person", "", Delete, "admin")
	grant("person", "phone", Read, "admin", "manager")
	grant("person", "salary", Read, "admin", "finance")
	grant("person", "name", Update, "admin", "manager")
	grant("person", "team", Update, "admin", "manager")
	grant("person", "phone", Update, "admin")
	grant("person", "salary", Update, "admin", "finance")
}

// Can decides.
func Can(p Principal, a Action, o Object) Decision {
	return Decision{Allowed: p.Tenant == o.Tenant && granted[right{p.Role, a, o.Kind, o.Field}]}
}
