package dashboard

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Tenant is a company that uses the program.
type Tenant struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone"`
}

// A Member is a user with a role in a tenant.
type Member struct {
	User int64  `json:"user"`
	Role string `json:"role"`
}

func createTenant(c *call) (answer, error) {
	var in struct{ Name, Zone string }
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" || strings.ContainsRune(in.Name, 0) {
		return answer{}, invalid("a tenant needs a name")
	}
	if _, err := time.LoadLocation(in.Zone); err != nil || in.Zone == "" || in.Zone == "Local" {
		return answer{}, invalid("the zone is no name of the time zone database")
	}
	t := Tenant{Name: in.Name, Zone: in.Zone}
	err := c.tx.QueryRow(c.ctx, `INSERT INTO tenants (name, zone) VALUES ($1, $2) RETURNING id`, t.Name, t.Zone).Scan(&t.ID)
	if err != nil {
		return answer{}, err
	}
	if _, err = c.tx.Exec(c.ctx, `INSERT INTO members (tenant_id, user_id, role) VALUES ($1, $2, 'admin')`, t.ID, c.user.ID); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: t}, record(c, t.ID, entry{Action: "tenant.create"})
}

func getTenant(c *call) (answer, error) {
	t := Tenant{ID: c.who.Tenant}
	err := c.tx.QueryRow(c.ctx, `SELECT name, zone FROM tenants WHERE id = $1`, t.ID).Scan(&t.Name, &t.Zone)
	return answer{status: http.StatusOK, body: t}, err
}

func listMembers(c *call) (answer, error) {
	rows, _ := c.tx.Query(c.ctx, `SELECT user_id, role FROM members WHERE tenant_id = $1 ORDER BY user_id`, c.who.Tenant)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Member])
	return answer{status: http.StatusOK, body: list}, err
}

func changeRole(c *call) (answer, error) {
	var in struct{ Role string }
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	if !slices.Contains(roles, in.Role) {
		return answer{}, invalid("there is no such role")
	}
	user, err := c.id("u")
	if err != nil {
		return answer{}, err
	}
	done, err := c.tx.Exec(c.ctx, `UPDATE members SET role = $3 WHERE tenant_id = $1 AND user_id = $2`, c.who.Tenant, user, in.Role)
	if err != nil {
		return answer{}, err
	}
	if done.RowsAffected() == 0 {
		return answer{}, errNotFound
	}
	if err := keepsAdmin(c, c.who.Tenant); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: Member{user, in.Role}}, record(c, c.who.Tenant, entry{Action: "member.update", User: &user, Role: &in.Role})
}

// removeMember is for admins, and for members who leave.
func removeMember(c *call) (answer, error) {
	user, err := c.id("u")
	if err != nil {
		return answer{}, err
	}
	if user != c.user.ID {
		if err := c.can(Delete, "member", ""); err != nil {
			return answer{}, err
		}
	}
	done, err := c.tx.Exec(c.ctx, `DELETE FROM members WHERE tenant_id = $1 AND user_id = $2`, c.who.Tenant, user)
	if err != nil {
		return answer{}, err
	}
	if done.RowsAffected() == 0 {
		return answer{}, errNotFound
	}
	if err := keepsAdmin(c, c.who.Tenant); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, record(c, c.who.Tenant, entry{Action: "member.delete", User: &user})
}

// deleteMe ends all memberships of the user. What they did stays in the history.
func deleteMe(c *call) (answer, error) {
	// In one order for all, so that two users of the same tenants do not wait for each other in a circle.
	rows, _ := c.tx.Query(c.ctx, `SELECT id FROM tenants WHERE id IN (SELECT tenant_id FROM members WHERE user_id = $1) ORDER BY id FOR NO KEY UPDATE`, c.user.ID)
	tenants, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return answer{}, err
	}
	for _, tenant := range tenants {
		done, err := c.tx.Exec(c.ctx, `DELETE FROM members WHERE tenant_id = $1 AND user_id = $2`, tenant, c.user.ID)
		if err != nil {
			return answer{}, err
		}
		if done.RowsAffected() == 0 {
			continue // removed while this waited
		}
		if err := keepsAdmin(c, tenant); err != nil {
			return answer{}, err
		}
		if err := record(c, tenant, entry{Action: "member.delete", User: &c.user.ID}); err != nil {
			return answer{}, err
		}
	}
	return answer{status: http.StatusNoContent}, nil
}

// keepsAdmin refuses a change, made by this transaction, that leaves the tenant without an admin. The tenant is held.
func keepsAdmin(c *call, tenant int64) error {
	var one bool
	err := c.tx.QueryRow(c.ctx, `SELECT EXISTS (SELECT FROM members WHERE tenant_id = $1 AND role = 'admin')`, tenant).Scan(&one)
	if err == nil && !one {
		return errLastAdmin
	}
	return err
}
