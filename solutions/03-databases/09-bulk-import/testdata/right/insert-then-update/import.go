// Right: database/sql: what is new is inserted, what has changed is updated, in a transaction with an advisory lock. Rows travel as one JSON parameter.

package bulkimport

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Stats says what an import has done.
type Stats struct {
	Inserted  int       // new rows
	Updated   int       // rows that were changed
	Unchanged int       // rows that were as the file says
	Refused   []Refusal // lines that could not be saved, in the order of the file
}

// Refusal is a line that could not be saved.
type Refusal struct {
	Line   int    // 1 for the first line of the file
	Reason string // for the person who reads the report; never empty
}

type product struct {
	ExternalID *string `json:"external_id"`
	Name       *string `json:"name"`
	Price      *int64  `json:"price"`
}

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (Stats, error) {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	var stats Stats
	chunk, index := []product{}, map[string]int{}
	flush := func() error {
		if len(chunk) == 0 {
			return ctx.Err()
		}
		inserted, updated, err := write(ctx, db, chunk)
		if err != nil {
			return err
		}
		stats.Inserted += inserted
		stats.Updated += updated
		stats.Unchanged += len(chunk) - inserted - updated
		chunk = chunk[:0]
		clear(index)
		return nil
	}
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return stats, errors.Join(fmt.Errorf("line %d: %w", n, err), flush())
		}
		if len(bytes.TrimSpace(line)) > 0 {
			var p product
			if bad := p.parse(line); bad != nil {
				stats.Refused = append(stats.Refused, Refusal{n, bad.Error()})
			} else if i, ok := index[*p.ExternalID]; ok {
				chunk[i] = p
			} else {
				index[*p.ExternalID] = len(chunk)
				chunk = append(chunk, p)
			}
		}
		if n%1500 == 0 || err == io.EOF {
			if bad := flush(); bad != nil {
				return stats, bad
			}
		}
		if err == io.EOF {
			return stats, nil
		}
	}
}

func (p *product) parse(line []byte) error {
	if err := json.Unmarshal(line, p); err != nil {
		return err
	}
	if p.ExternalID == nil || *p.ExternalID == "" || utf8.RuneCountInString(*p.ExternalID) > 50 || bytes.ContainsRune([]byte(*p.ExternalID), 0) {
		return errors.New("external_id")
	}
	if p.Name == nil || bytes.ContainsRune([]byte(*p.Name), 0) {
		return errors.New("name")
	}
	if p.Price != nil && *p.Price < 0 {
		return errors.New("price")
	}
	return nil
}

func write(ctx context.Context, db *sql.DB, chunk []product) (inserted, updated int, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	defer tx.Rollback()
	// Imports take turns, batch by batch.
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('bulkimport'))`); err != nil {
		return 0, 0, err
	}
	doc, err := json.Marshal(chunk)
	if err != nil {
		return 0, 0, err
	}
	counts := [2]int64{}
	for i, statement := range []string{
		`INSERT INTO products (external_id, name, price) SELECT * FROM new ON CONFLICT (external_id) DO NOTHING`,
		`UPDATE products AS old SET name = new.name, price = new.price FROM new
		 WHERE old.external_id = new.external_id AND (old.name, old.price) IS DISTINCT FROM (new.name, new.price)`,
	} {
		result, err := tx.ExecContext(ctx, `
			WITH new AS (SELECT * FROM json_to_recordset($1::json) AS j (external_id text, name text, price bigint)) `+statement, string(doc))
		if err != nil {
			return 0, 0, err
		}
		if counts[i], err = result.RowsAffected(); err != nil {
			return 0, 0, err
		}
	}
	return int(counts[0]), int(counts[1]), tx.Commit()
}
