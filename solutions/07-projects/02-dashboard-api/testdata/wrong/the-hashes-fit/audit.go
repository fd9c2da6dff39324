// Wrong: the hashes of a chain fit together, or it was broken.
//checker:fails TestChain/a_line_changed
//checker:fails TestChain/a_digit_moved
//checker:fails TestChain/of_another_tenant
//checker:hint 4

package dashboard

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// An entry is one line of a tenant's history. It refers to nobody by a foreign
// key: it outlives whom it tells of.
type entry struct {
	At     time.Time `json:"at"`
	Actor  int64     `json:"actor"`
	Action string    `json:"action"`
	User   *int64    `json:"user"`
	Role   *string   `json:"role"`
}

// hash is that of a line of the history, which comes after the one with the hash
// before. JSON keeps the values apart, and the moment is a number: its text
// would depend on who writes it.
func (e entry) hash(tenant int64, before []byte) ([]byte, error) {
	line, err := json.Marshal([]any{before, tenant, e.At.UnixMicro(), e.Actor, e.Action, e.User, e.Role})
	sum := sha256.Sum256(line)
	return sum[:], err
}

// record adds a line to the history of a tenant, in the transaction of what it
// tells. It holds the tenant: the chain has one end, and one line can follow it.
func record(c *call, tenant int64, e entry) error {
	var head []byte
	err := c.tx.QueryRow(c.ctx, `SELECT head, clock_timestamp() FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, tenant).Scan(&head, &e.At)
	if err != nil {
		return err
	}
	e.Actor = c.user.ID
	hash, err := e.hash(tenant, head)
	if err != nil {
		return err
	}
	if _, err = c.tx.Exec(c.ctx, `INSERT INTO audit (tenant_id, at, actor, action, user_id, role, hash, hash_before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tenant, e.At, e.Actor, e.Action, e.User, e.Role, hash, head); err != nil {
		return err
	}
	_, err = c.tx.Exec(c.ctx, `UPDATE tenants SET lines = lines + 1, head = $2 WHERE id = $1`, tenant, hash)
	return err
}

func listAudit(c *call) (answer, error) {
	rows, _ := c.tx.Query(c.ctx, `SELECT at, actor, action, user_id, role FROM audit WHERE tenant_id = $1 ORDER BY id`, c.who.Tenant)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	return answer{status: http.StatusOK, body: list}, err
}

// A Verdict says whether a history is as it was written.
type Verdict struct {
	Whole  bool   `json:"whole"`
	Broken *int64 `json:"broken"` // the number of the first line that is not
}

// verify goes along the chain. The end comes with the lines, in one statement:
// read by two, it could be that of a history with one more line.
func verify(c *call) (answer, error) {
	rows, err := c.tx.Query(c.ctx, `SELECT lines, head, a.id IS NOT NULL, hash, hash_before
		FROM tenants t LEFT JOIN audit a ON tenant_id = t.id WHERE t.id = $1 ORDER BY a.id`, c.who.Tenant)
	if err != nil {
		return answer{}, err
	}
	defer rows.Close()
	var lines, n int64
	head, before := []byte{}, []byte{}
	broken := func(n int64) (answer, error) { return answer{status: http.StatusOK, body: Verdict{Broken: &n}}, nil }
	for rows.Next() {
		var is bool
		var hash, want []byte
		if err := rows.Scan(&lines, &head, &is, &hash, &want); err != nil {
			return answer{}, err
		}
		if !is {
			break // the one row of a tenant without a history
		}
		n++
		if !bytes.Equal(before, want) {
			return broken(n)
		}
		before = hash
	}
	if err := rows.Err(); err != nil {
		return answer{}, err
	}
	switch {
	case n < lines:
		return broken(n + 1)
	case n > lines || !bytes.Equal(before, head):
		return broken(n)
	}
	return answer{status: http.StatusOK, body: Verdict{Whole: true}}, nil
}
