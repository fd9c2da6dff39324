package dashboard

import "slices"

// An Action is what somebody wants to do.
type Action string

// The actions on an object. Its fields are read and updated; nobody creates or deletes a field.
const (
	Read   Action = "read"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// A Principal is a user in one tenant, with the role that the tenant has given them; "" is none.
type Principal struct {
	Tenant, User int64
	Role         string
}

// An Object is what an action is for: things of a kind, such as "person", of a
// tenant, or one field of them.
type Object struct {
	Tenant int64
	Kind   string
	Field  string // such as "salary"; "" is the thing itself
}

// A Decision says whether an action is allowed, and why not.
type Decision struct {
	Allowed bool
	Reason  string // for a log; may be empty
}

const (
	admin   = "admin"
	finance = "finance"
	manager = "manager"
	viewer  = "viewer"
)

var everyone = []string{admin, finance, manager, viewer}

func isRole(s string) bool { return slices.Contains(everyone, s) }

type rule struct {
	kind, field string
	action      Action
}

var policy = map[rule][]string{
	{"person", "", Read}:         everyone,
	{"person", "", Create}:       {admin, manager},
	{"person", "", Update}:       {admin, finance, manager},
	{"person", "", Delete}:       {admin},
	{"person", "id", Read}:       everyone,
	{"person", "name", Read}:     everyone,
	{"person", "name", Update}:   {admin, manager},
	{"person", "team", Read}:     everyone,
	{"person", "team", Update}:   {admin, manager},
	{"person", "phone", Read}:    {admin, manager},
	{"person", "phone", Update}:  {admin},
	{"person", "salary", Read}:   {admin, finance},
	{"person", "salary", Update}: {admin, finance},

	{"order", "", Read}:          everyone,
	{"order", "id", Read}:        everyone,
	{"order", "placed_at", Read}: everyone,
	{"order", "customer", Read}:  {admin, finance},
	{"order", "note", Read}:      {admin, manager},
	{"order", "revenue", Read}:   everyone,
	{"order", "paid", Read}:      everyone,
}

// Can decides whether the principal may do the action.
func Can(p Principal, a Action, o Object) Decision {
	if p.Tenant != o.Tenant {
		return Decision{Reason: "another tenant"}
	}
	if !slices.Contains(policy[rule{o.Kind, o.Field, a}], p.Role) {
		return Decision{Reason: "no rule allows it"}
	}
	return Decision{Allowed: true}
}

func (p Principal) can(a Action, kind, field string) bool {
	return Can(p, a, Object{Tenant: p.Tenant, Kind: kind, Field: field}).Allowed
}
