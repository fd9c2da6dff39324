// Wrong: who has the number of the invite got the mail.
//checker:fails TestInvites/of_another_address

package dashboard

import (
	"errors"
	"net/http"
	"net/mail"
	"slices"

	"github.com/jackc/pgx/v5"
)

// An Invite lets whoever has the address become a member, once, for seven days.
type Invite struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

func invite(c *call) (answer, error) {
	var in struct{ Email, Role string }
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	if !slices.Contains(roles, in.Role) {
		return answer{}, invalid("there is no such role")
	}
	if a, err := mail.ParseAddress(in.Email); err != nil || a.Address != in.Email {
		return answer{}, invalid("this is no e-mail address")
	}
	out := Invite{Email: in.Email, Role: in.Role}
	err := c.tx.QueryRow(c.ctx, `INSERT INTO invites (tenant_id, email, role) VALUES ($1, $2, $3) RETURNING id`, c.who.Tenant, in.Email, in.Role).Scan(&out.ID)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: out}, record(c, c.who.Tenant, entry{Action: "invite.create", Role: &in.Role})
}

func accept(c *call) (answer, error) {
	id, err := c.id("i")
	if err != nil {
		return answer{}, err
	}
	// One statement looks and uses it up: of two that come together, the second finds it used.
	var out struct {
		Tenant int64  `json:"tenant"`
		Role   string `json:"role"`
	}
	err = c.tx.QueryRow(c.ctx, `UPDATE invites SET used_at = now()
		WHERE id = $1 AND $2::text IS NOT NULL AND used_at IS NULL AND created_at > now() - interval '7 days'
		RETURNING tenant_id, role`, id, c.user.Email).Scan(&out.Tenant, &out.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return answer{}, errNotFound
	}
	if err != nil {
		return answer{}, err
	}
	done, err := c.tx.Exec(c.ctx, `INSERT INTO members (tenant_id, user_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, out.Tenant, c.user.ID, out.Role)
	if err != nil {
		return answer{}, err
	}
	if done.RowsAffected() == 0 {
		return answer{}, refusal{http.StatusConflict, "you are a member already"}
	}
	return answer{status: http.StatusOK, body: out}, record(c, out.Tenant, entry{Action: "member.create", User: &c.user.ID, Role: &out.Role})
}
