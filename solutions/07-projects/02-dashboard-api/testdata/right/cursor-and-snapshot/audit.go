package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// link is the hash of a line. JSON keeps the values apart, and null from "".
func link(before []byte, seq int64, micros, actor, action, user, role *string) []byte {
	b, err := json.Marshal([]any{before, seq, micros, actor, action, user, role})
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// record adds a line to the history of a tenant. The tenant is locked by the
// transaction, or made in it, so that lines come one after the other.
func record(ctx context.Context, tx pgx.Tx, tenant, actor int64, action string, user *int64, role *string) error {
	var seq int64
	var before []byte
	var at time.Time
	if err := tx.QueryRow(ctx, `SELECT audit_count + 1, audit_head, clock_timestamp() FROM tenants WHERE id = $1`, tenant).Scan(&seq, &before, &at); err != nil {
		return err
	}
	at = at.Truncate(time.Microsecond)
	number := func(n int64) *string { s := strconv.FormatInt(n, 10); return &s }
	var userText *string
	if user != nil {
		userText = number(*user)
	}
	hash := link(before, seq, number(at.UnixMicro()), number(actor), &action, userText, role)
	if _, err := tx.Exec(ctx, `INSERT INTO audit (tenant_id, seq, at, actor, action, user_id, role, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tenant, seq, at, actor, action, user, role, hash); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE tenants SET audit_count = $2, audit_head = $3 WHERE id = $1`, tenant, seq, hash)
	return err
}

type auditLine struct {
	At     time.Time `json:"at"`
	Actor  int64     `json:"actor"`
	Action string    `json:"action"`
	User   *int64    `json:"user"`
	Role   *string   `json:"role"`
}

func (a *App) listAudit(w http.ResponseWriter, r *http.Request) error {
	out := []auditLine{}
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		if p.Role != admin {
			return forbidden()
		}
		rows, err := tx.Query(r.Context(), `SELECT at, actor, action, user_id, role FROM audit WHERE tenant_id = $1 ORDER BY id`, p.Tenant)
		if err != nil {
			return err
		}
		out, err = pgx.AppendRows(out, rows, pgx.RowToStructByPos[auditLine])
		return err
	}); err != nil {
		return err
	}
	for i := range out {
		out[i].At = out[i].At.UTC()
	}
	return answer(w, http.StatusOK, out)
}

func (a *App) verifyAudit(w http.ResponseWriter, r *http.Request) error {
	var out struct {
		Whole  bool   `json:"whole"`
		Broken *int64 `json:"broken"`
	}
	if err := a.read(r.Context(), func(tx pgx.Tx) error {
		p, err := member(tx, r)
		if err != nil {
			return err
		}
		if p.Role != admin {
			return forbidden()
		}
		broken, err := firstBroken(r.Context(), tx, p.Tenant)
		if broken != 0 {
			out.Broken = &broken
		}
		out.Whole = broken == 0
		return err
	}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

// firstBroken is the number of the first line that is not as it was written, or 0.
func firstBroken(ctx context.Context, tx pgx.Tx, tenant int64) (int64, error) {
	var count int64
	var head []byte
	if err := tx.QueryRow(ctx, `SELECT audit_count, audit_head FROM tenants WHERE id = $1`, tenant).Scan(&count, &head); err != nil {
		return 0, err
	}
	// As texts, since somebody may have written what Go has no value for.
	rows, err := tx.Query(ctx, `SELECT seq, trunc(extract(epoch FROM at) * 1000000)::text, actor::text, action, user_id::text, role, hash
		FROM audit WHERE tenant_id = $1 ORDER BY id`, tenant)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	before := []byte{}
	n := int64(0)
	for rows.Next() {
		var seq int64
		var micros, actor, action, user, role *string
		var hash []byte
		if err := rows.Scan(&seq, &micros, &actor, &action, &user, &role, &hash); err != nil {
			return 0, err
		}
		n++
		if seq != n || !bytes.Equal(hash, link(before, n, micros, actor, action, user, role)) {
			return n, nil
		}
		before = hash
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if n != count {
		return min(n, count) + 1, nil
	}
	if !bytes.Equal(before, head) {
		return n, nil
	}
	return 0, nil
}
