// Package store keeps tenants, their members and their people.
package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

var (
	ErrNotFound  = errors.New("not found")
	ErrForbidden = errors.New("forbidden")
	ErrConflict  = errors.New("conflict")
	ErrInvalid   = errors.New("invalid")
)

// Decode reads JSON; numbers stay as they are written.
func Decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(v) != nil {
		return ErrInvalid
	}
	if _, err := d.Token(); err != io.EOF {
		return ErrInvalid
	}
	return nil
}

type Store struct{ Pool *pgxpool.Pool }

// A Session is what one user does in one transaction.
type Session struct {
	ctx   context.Context
	tx    pgx.Tx
	user  int64
	email string
}

// Run runs f as if nobody else was there, and again when that was not possible.
func (s Store) Run(ctx context.Context, reads bool, user int64, email string, f func(*Session) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.Serializable}
	if reads {
		options = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	}
	var err error
	for range 10 {
		err = pgx.BeginTxFunc(ctx, s.Pool, options, func(tx pgx.Tx) error { return f(&Session{ctx, tx, user, email}) })
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "40001" && refused.Code != "40P01" {
			return err
		}
	}
	return err
}

// may says who the user is in the tenant, when their role permits the action.
func (s *Session) may(tenant int64, a policy.Action, kind string) (policy.Principal, error) {
	p := policy.Principal{Tenant: tenant, User: s.user}
	err := s.tx.QueryRow(s.ctx, `SELECT role FROM memberships WHERE tenant = $1 AND member = $2`, tenant, s.user).Scan(&p.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrNotFound
	}
	if err == nil && !policy.Can(p, a, policy.Object{Tenant: tenant, Kind: kind}).Allowed {
		err = ErrForbidden
	}
	return p, err
}

type Tenant struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone"`
}

func (s *Session) CreateTenant(name, zone string) (t Tenant, err error) {
	if _, err := time.LoadLocation(zone); name == "" || zone == "" || zone == "Local" || err != nil || strings.Contains(name, "\x00") {
		return t, ErrInvalid
	}
	t = Tenant{Name: name, Zone: zone}
	err = s.tx.QueryRow(s.ctx, `WITH t AS (INSERT INTO tenants (name, zone) VALUES ($1, $2) RETURNING id)
		INSERT INTO memberships SELECT id, $3, 'admin' FROM t RETURNING tenant`, name, zone, s.user).Scan(&t.ID)
	if err != nil {
		return t, err
	}
	return t, s.log(t.ID, "tenant.create", nil, nil)
}

func (s *Session) Tenant(id int64) (t Tenant, err error) {
	if _, err := s.may(id, policy.Read, "tenant"); err != nil {
		return t, err
	}
	t.ID = id
	err = s.tx.QueryRow(s.ctx, `SELECT name, zone FROM tenants WHERE id = $1`, id).Scan(&t.Name, &t.Zone)
	return t, err
}
