package store

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/07-projects/02-dashboard-api/policy"
)

type Entry struct {
	At     time.Time `json:"at"`
	Actor  int64     `json:"actor"`
	Action string    `json:"action"`
	User   *int64    `json:"user"`
	Role   *string   `json:"role"`
}

// seal is what a line is kept with. It is keyed with the seal of the line before.
func (e Entry) seal(tenant int64, before string) string {
	h := hmac.New(sha512.New384, []byte(before))
	user, role := "nobody", "none"
	if e.User != nil {
		user = fmt.Sprint(*e.User)
	}
	if e.Role != nil {
		role = fmt.Sprintf("%q", *e.Role)
	}
	fmt.Fprintf(h, "%d\n%s\n%d\n%q\n%s\n%s\n", tenant, e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Action, user, role)
	return hex.EncodeToString(h.Sum(nil))
}

// log counts the line at the tenant: of two transactions that do that at once, one is refused, and runs again.
func (s *Session) log(tenant int64, action string, about *int64, role *string) error {
	if _, err := s.tx.Exec(s.ctx, `UPDATE tenants SET lines = lines + 1 WHERE id = $1`, tenant); err != nil {
		return err
	}
	var last string
	err := s.tx.QueryRow(s.ctx, `SELECT hash FROM audit WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1`, tenant).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	e := Entry{time.Now().Truncate(time.Microsecond), s.user, action, about, role}
	_, err = s.tx.Exec(s.ctx, `INSERT INTO audit (tenant_id, at, actor, action, user_id, role, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`, tenant, e.At, e.Actor, e.Action, e.User, e.Role, e.seal(tenant, last))
	return err
}

func (s *Session) Audit(tenant int64) ([]Entry, error) {
	if _, err := s.may(tenant, policy.Read, "audit"); err != nil {
		return nil, err
	}
	rows, _ := s.tx.Query(s.ctx, `SELECT at, actor, action, user_id, role FROM audit WHERE tenant_id = $1 ORDER BY id`, tenant)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
}

type Verdict struct {
	Whole  bool `json:"whole"`
	Broken *int `json:"broken"`
}

// Verify reads the lines and how many there should be; the transaction has one snapshot.
func (s *Session) Verify(tenant int64) (v Verdict, err error) {
	list, err := s.Audit(tenant)
	if err != nil {
		return v, err
	}
	rows, _ := s.tx.Query(s.ctx, `SELECT hash FROM audit WHERE tenant_id = $1 ORDER BY id`, tenant)
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return v, err
	}
	var lines int
	if err := s.tx.QueryRow(s.ctx, `SELECT lines FROM tenants WHERE id = $1`, tenant).Scan(&lines); err != nil {
		return v, err
	}
	before := ""
	for i := range max(lines, len(list)) {
		if i >= min(lines, len(list)) || hashes[i] != list[i].seal(tenant, before) {
			n := i + 1
			return Verdict{Broken: &n}, nil
		}
		before = hashes[i]
	}
	return Verdict{Whole: true}, nil
}
