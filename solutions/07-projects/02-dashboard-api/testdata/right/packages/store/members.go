package store

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

type Member struct {
	User int64  `json:"user"`
	Role string `json:"role"`
}

func known(role string) bool {
	return slices.Contains([]string{"admin", "finance", "manager", "viewer"}, role)
}

func (s *Session) Members(tenant int64) ([]Member, error) {
	if _, err := s.may(tenant, policy.Read, "member"); err != nil {
		return nil, err
	}
	rows, _ := s.tx.Query(s.ctx, `SELECT member, role FROM memberships WHERE tenant = $1 ORDER BY member`, tenant)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Member])
}

// spare says whether the tenant has an admin besides the user, if that one is an admin.
func (s *Session) spare(tenant, user int64) error {
	var role string
	var others int
	err := s.tx.QueryRow(s.ctx, `SELECT role, (SELECT count(*) FROM memberships WHERE tenant = $1 AND member <> $2 AND role = 'admin') FROM memberships WHERE tenant = $1 AND member = $2`, tenant, user).Scan(&role, &others)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNotFound
	case err == nil && role == "admin" && others == 0:
		return ErrConflict
	}
	return err
}

func (s *Session) ChangeRole(tenant, user int64, read func(*string) error) (m Member, err error) {
	m.User = user
	if _, err := s.may(tenant, policy.Update, "member"); err != nil {
		return m, err
	}
	if err := read(&m.Role); err != nil || !known(m.Role) {
		return m, ErrInvalid
	}
	if err := s.spare(tenant, user); err != nil && (m.Role != "admin" || err != ErrConflict) {
		return m, err
	}
	if _, err := s.tx.Exec(s.ctx, `UPDATE memberships SET role = $3 WHERE tenant = $1 AND member = $2`, tenant, user, m.Role); err != nil {
		return m, err
	}
	return m, s.log(tenant, "member.update", &user, &m.Role)
}

func (s *Session) RemoveMember(tenant, user int64) error {
	action := policy.Delete
	if user == s.user {
		action = policy.Read
	}
	if _, err := s.may(tenant, action, "member"); err != nil {
		return err
	}
	return s.remove(tenant, user)
}

func (s *Session) remove(tenant, user int64) error {
	if err := s.spare(tenant, user); err != nil {
		return err
	}
	if _, err := s.tx.Exec(s.ctx, `DELETE FROM memberships WHERE tenant = $1 AND member = $2`, tenant, user); err != nil {
		return err
	}
	return s.log(tenant, "member.delete", &user, nil)
}

func (s *Session) DeleteUser() error {
	rows, _ := s.tx.Query(s.ctx, `SELECT tenant FROM memberships WHERE member = $1`, s.user)
	tenants, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	for _, tenant := range tenants {
		if err := s.remove(tenant, s.user); err != nil {
			return err
		}
	}
	return err
}

type Invite struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

func (s *Session) Invite(tenant int64, read func(email, role *string) error) (i Invite, err error) {
	if _, err := s.may(tenant, policy.Create, "invite"); err != nil {
		return i, err
	}
	if err := read(&i.Email, &i.Role); err != nil || !known(i.Role) || !strings.Contains(i.Email, "@") || strings.Contains(i.Email, "\x00") {
		return i, ErrInvalid
	}
	err = s.tx.QueryRow(s.ctx, `INSERT INTO invites (tenant, email, role) VALUES ($1, $2, $3) RETURNING id`, tenant, i.Email, i.Role).Scan(&i.ID)
	if err != nil {
		return i, err
	}
	return i, s.log(tenant, "invite.create", nil, &i.Role)
}

type Accepted struct {
	Tenant int64  `json:"tenant"`
	Role   string `json:"role"`
}

// Accept deletes the invite.
func (s *Session) Accept(id int64) (a Accepted, err error) {
	var email string
	var late, member bool
	err = s.tx.QueryRow(s.ctx, `SELECT tenant, role, email, until < now(), EXISTS (SELECT FROM memberships m WHERE m.tenant = i.tenant AND member = $2) FROM invites i WHERE id = $1`, id, s.user).Scan(&a.Tenant, &a.Role, &email, &late, &member)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && !strings.EqualFold(email, s.email):
		return a, ErrNotFound
	case err != nil:
		return a, err
	case late, member:
		return a, ErrConflict
	}
	if _, err = s.tx.Exec(s.ctx, `DELETE FROM invites WHERE id = $1`, id); err != nil {
		return a, err
	}
	if _, err = s.tx.Exec(s.ctx, `INSERT INTO memberships VALUES ($1, $2, $3)`, a.Tenant, s.user, a.Role); err != nil {
		return a, err
	}
	return a, s.log(a.Tenant, "member.create", &s.user, &a.Role)
}
