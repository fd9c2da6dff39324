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
	Field  string // "" is the thing itself
}

// A Decision says whether an action is allowed, and why not. The zero value denies.
type Decision struct {
	Allowed bool
	Reason  string
}

// Can decides. What is not in the table is denied.
func Can(p Principal, a Action, o Object) Decision {
	if p.Tenant != o.Tenant {
		return Decision{Reason: "the object belongs to another tenant"}
	}
	if !slices.Contains(policy[o.Kind][o.Field][a], p.Role) {
		return Decision{Reason: "the role does not permit it"}
	}
	return Decision{Allowed: true}
}

// rights are the roles that may do each action.
type rights map[Action][]string

var (
	roles    = []string{"admin", "finance", "manager", "viewer"}
	everyone = roles
	admin    = []string{"admin"}
	finance  = []string{"admin", "finance"}
	staff    = []string{"admin", "manager"}
)

// policy has the rights for each kind of things and each of their fields. It is
// the only place that knows what a role means.
var policy = map[string]map[string]rights{
	"tenant":    {"": {Read: everyone}},
	"member":    {"": {Read: everyone, Update: admin, Delete: admin}},
	"invite":    {"": {Create: admin}},
	"audit":     {"": {Read: admin}},
	"dashboard": {"": {Read: everyone}},
	"order": {
		"":          {Read: everyone},
		"id":        {Read: everyone},
		"placed_at": {Read: everyone},
		"customer":  {Read: finance},
		"note":      {Read: staff},
		"revenue":   {Read: everyone},
		"paid":      {Read: everyone},
	},
	"person": {
		"":       {Read: everyone, Create: staff, Update: {"admin", "finance", "manager"}, Delete: admin},
		"id":     {Read: everyone},
		"name":   {Read: everyone, Update: staff},
		"team":   {Read: everyone, Update: staff},
		"phone":  {Read: staff, Update: admin},
		"salary": {Read: finance, Update: finance},
	},
}
