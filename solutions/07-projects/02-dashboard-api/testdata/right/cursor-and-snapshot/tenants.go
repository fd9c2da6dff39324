package dashboard

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // the zones, wherever the program runs
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

type tenant struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone"`
}

func zone(name string) (*time.Location, error) {
	switch {
	case name == "", name == "Local", name == "localtime", name == "posixrules",
		strings.HasPrefix(name, "posix/"), strings.HasPrefix(name, "right/"):
		return nil, errors.New("no name of the time zone database")
	}
	return time.LoadLocation(name)
}

func (a *App) createTenant(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	in, err := texts(body, "name", "zone")
	if err != nil {
		return err
	}
	t := tenant{Name: in[0], Zone: in[1]}
	if strings.TrimSpace(t.Name) == "" {
		return senseless("a name is not empty")
	}
	if _, err := zone(t.Zone); err != nil {
		return senseless("there is no such zone")
	}
	ctx, u := r.Context(), userOf(r)
	if err := a.write(ctx, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `INSERT INTO tenants (name, zone) VALUES ($1, $2) RETURNING id`, t.Name, t.Zone).Scan(&t.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO members (tenant_id, user_id, role) VALUES ($1, $2, 'admin')`, t.ID, u.ID); err != nil {
			return err
		}
		return record(ctx, tx, t.ID, u.ID, "tenant.create", nil, nil)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusCreated, t)
}

func (a *App) getTenant(w http.ResponseWriter, r *http.Request) error {
	var t tenant
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		return tx.QueryRow(r.Context(), `SELECT id, name, zone FROM tenants WHERE id = $1`, p.Tenant).Scan(&t.ID, &t.Name, &t.Zone)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, t)
}

type memberLine struct {
	User int64  `json:"user"`
	Role string `json:"role"`
}

func (a *App) listMembers(w http.ResponseWriter, r *http.Request) error {
	out := []memberLine{}
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		rows, err := tx.Query(r.Context(), `SELECT user_id, role FROM members WHERE tenant_id = $1 ORDER BY user_id`, p.Tenant)
		if err != nil {
			return err
		}
		out, err = pgx.AppendRows(out, rows, pgx.RowToStructByPos[memberLine])
		return err
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

// roleOf reads a member's role; the tenant is locked.
func roleOf(ctx context.Context, tx pgx.Tx, tenant, user int64) (role string, err error) {
	err = tx.QueryRow(ctx, `SELECT role FROM members WHERE tenant_id = $1 AND user_id = $2`, tenant, user).Scan(&role)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", notFound()
	}
	return role, err
}

// keepAdmin refuses to take the last admin away; the tenant is locked.
func keepAdmin(ctx context.Context, tx pgx.Tx, tenant int64) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM members WHERE tenant_id = $1 AND role = 'admin'`, tenant).Scan(&n); err != nil {
		return err
	}
	if n <= 1 {
		return refuse(http.StatusConflict, "a tenant keeps at least one admin")
	}
	return nil
}

func (a *App) putMember(w http.ResponseWriter, r *http.Request) error {
	body, bodyErr := readBody(w, r)
	var out memberLine
	ctx := r.Context()
	if err := a.write(ctx, func(tx pgx.Tx) error {
		p, err := locked(tx, r, exclusively)
		if err != nil {
			return err
		}
		if p.Role != admin {
			return forbidden()
		}
		user, err := pathID(r, "u")
		if err != nil {
			return err
		}
		before, err := roleOf(ctx, tx, p.Tenant, user)
		if err != nil {
			return err
		}
		if bodyErr != nil {
			return bodyErr
		}
		in, err := texts(body, "role")
		if err != nil {
			return err
		}
		if !isRole(in[0]) {
			return senseless("there is no such role")
		}
		out = memberLine{user, in[0]}
		if before == out.Role {
			return nil
		}
		if before == admin {
			if err := keepAdmin(ctx, tx, p.Tenant); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE members SET role = $3 WHERE tenant_id = $1 AND user_id = $2`, p.Tenant, user, out.Role); err != nil {
			return err
		}
		return record(ctx, tx, p.Tenant, p.User, "member.update", &user, &out.Role)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

// removeMember takes a member away, whose role is given; the tenant is locked.
func removeMember(ctx context.Context, tx pgx.Tx, tenant, actor, user int64, role string) error {
	if role == admin {
		if err := keepAdmin(ctx, tx, tenant); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM members WHERE tenant_id = $1 AND user_id = $2`, tenant, user); err != nil {
		return err
	}
	return record(ctx, tx, tenant, actor, "member.delete", &user, nil)
}

func (a *App) deleteMember(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := a.write(ctx, func(tx pgx.Tx) error {
		p, err := locked(tx, r, exclusively)
		if err != nil {
			return err
		}
		user, idErr := pathID(r, "u")
		if p.Role != admin && (idErr != nil || user != p.User) {
			return forbidden()
		}
		if idErr != nil {
			return idErr
		}
		role, err := roleOf(ctx, tx, p.Tenant, user)
		if err != nil {
			return err
		}
		return removeMember(ctx, tx, p.Tenant, p.User, user, role)
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) deleteMe(w http.ResponseWriter, r *http.Request) error {
	ctx, u := r.Context(), userOf(r)
	if err := a.write(ctx, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, u.ID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT tenant_id FROM members WHERE user_id = $1 ORDER BY tenant_id`, u.ID)
		if err != nil {
			return err
		}
		tenants, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		for _, t := range tenants {
			if err := lockTenant(ctx, tx, t); err != nil {
				return err
			}
		}
		for _, t := range tenants {
			role, err := roleOf(ctx, tx, t, u.ID)
			if p := (*problem)(nil); errors.As(err, &p) {
				continue // somebody has removed them in the meantime
			}
			if err != nil {
				return err
			}
			if err := removeMember(ctx, tx, t, u.ID, u.ID, role); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// isAddress wants something on both sides of one @, and nothing that is no letter to a mail server.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

// sameAddress compares without regard to letter case. An ASCII letter is never
// the same as another one, such as the Kelvin sign.
func sameAddress(a, b string) bool {
	if !strings.EqualFold(a, b) {
		return false
	}
	x, y := []rune(a), []rune(b)
	for i := range x {
		if (x[i] < utf8.RuneSelf) != (y[i] < utf8.RuneSelf) {
			return false
		}
	}
	return true
}

func (a *App) createInvite(w http.ResponseWriter, r *http.Request) error {
	body, bodyErr := readBody(w, r)
	var out struct {
		ID    int64  `json:"id"`
		Email string `json:"email"`
		Role  string `json:"role"`
	}
	ctx := r.Context()
	if err := a.write(ctx, func(tx pgx.Tx) error {
		p, err := locked(tx, r, exclusively)
		if err != nil {
			return err
		}
		if p.Role != admin {
			return forbidden()
		}
		if bodyErr != nil {
			return bodyErr
		}
		in, err := texts(body, "email", "role")
		if err != nil {
			return err
		}
		out.Email, out.Role = in[0], in[1]
		if !isAddress(out.Email) {
			return senseless("this is no address")
		}
		if !isRole(out.Role) {
			return senseless("there is no such role")
		}
		if err := tx.QueryRow(ctx, `INSERT INTO invites (tenant_id, email, role) VALUES ($1, $2, $3) RETURNING id`,
			p.Tenant, out.Email, out.Role).Scan(&out.ID); err != nil {
			return err
		}
		return record(ctx, tx, p.Tenant, p.User, "invite.create", nil, &out.Role)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusCreated, out)
}

func (a *App) acceptInvite(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "i")
	if err != nil {
		return err
	}
	var out struct {
		Tenant int64  `json:"tenant"`
		Role   string `json:"role"`
	}
	ctx, u := r.Context(), userOf(r)
	if err := a.write(ctx, func(tx pgx.Tx) error {
		var email string
		err := tx.QueryRow(ctx, `SELECT tenant_id, email, role FROM invites WHERE id = $1`, id).Scan(&out.Tenant, &email, &out.Role)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound()
		}
		if err != nil {
			return err
		}
		if !sameAddress(email, u.Email) {
			return notFound()
		}
		if err := lockUser(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := lockTenant(ctx, tx, out.Tenant); err != nil {
			return err
		}
		// 168 hours: a day of the session's time zone may have 23 or 25.
		var used, late, member bool
		if err := tx.QueryRow(ctx, `SELECT used_at IS NOT NULL, created_at + interval '168 hours' <= clock_timestamp(),
				EXISTS (SELECT FROM members WHERE tenant_id = $2 AND user_id = $3)
			FROM invites WHERE id = $1`, id, out.Tenant, u.ID).Scan(&used, &late, &member); err != nil {
			return err
		}
		switch {
		case member:
			return refuse(http.StatusConflict, "you are a member already")
		case used, late:
			return refuse(http.StatusGone, "the invite was used, or is too old")
		}
		if _, err := tx.Exec(ctx, `UPDATE invites SET used_at = clock_timestamp() WHERE id = $1`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO members (tenant_id, user_id, role) VALUES ($1, $2, $3)`, out.Tenant, u.ID, out.Role); err != nil {
			return err
		}
		return record(ctx, tx, out.Tenant, u.ID, "member.create", &u.ID, &out.Role)
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}
