// Right: the table says which lines are bad: a batch that it refuses is halved until the line stands alone. Deadlocks are tried again.

package bulkimport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
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

// entry is a line as it was decoded. What is missing is nil, and left to the table.
type entry struct {
	line       int
	ExternalID *string `json:"external_id"`
	Name       *string `json:"name"`
	Price      *int64  `json:"price"`
}

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (Stats, error) {
	in, err := importer{ctx: ctx, pool: pool}, error(nil)
	buffered := bufio.NewReader(r)
	var batch []entry
	for n := 1; err == nil; n++ {
		var line []byte
		if line, err = buffered.ReadBytes('\n'); err != nil && err != io.EOF {
			break
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			e := entry{line: n}
			if bad := json.Unmarshal(line, &e); bad != nil {
				in.refuse(n, bad)
			} else {
				batch = append(batch, e)
			}
		}
		if len(batch) == 600 {
			if bad := in.save(batch); bad != nil {
				return in.done(), bad
			}
			batch = nil
		}
	}
	if bad := in.save(batch); bad != nil {
		return in.done(), bad
	}
	if err != io.EOF {
		return in.done(), err
	}
	return in.done(), ctx.Err()
}

type importer struct {
	ctx   context.Context
	pool  *pgxpool.Pool
	stats Stats
}

func (in *importer) refuse(line int, err error) {
	in.stats.Refused = append(in.stats.Refused, Refusal{line, err.Error()})
}

func (in *importer) done() Stats {
	slices.SortFunc(in.stats.Refused, func(a, b Refusal) int { return a.Line - b.Line })
	return in.stats
}

func (in *importer) save(batch []entry) error {
	if len(batch) == 0 {
		return nil
	}
	err := in.try(batch)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Code == "40P01": // deadlock: it was rolled back, and the other one goes on
		return in.save(batch)
	case !strings.HasPrefix(refused.Code, "22") && !strings.HasPrefix(refused.Code, "23"):
		return err
	case len(batch) == 1:
		in.refuse(batch[0].line, err)
		return nil
	}
	half := len(batch) / 2
	if err := in.save(batch[:half]); err != nil {
		return err
	}
	return in.save(batch[half:])
}

func (in *importer) try(batch []entry) error {
	var ids, names []*string
	var prices []*int64
	for _, e := range batch {
		ids, names, prices = append(ids, e.ExternalID), append(names, e.Name), append(prices, e.Price)
	}
	var rows, inserted, updated int
	err := in.pool.QueryRow(in.ctx, `
		WITH lines AS (
			SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS l (external_id, name, price, n)
		), latest AS (
			SELECT external_id, name, price FROM lines AS l
			-- An earlier line about the same product counts as long as it is right.
			WHERE NOT EXISTS (SELECT FROM lines AS later WHERE later.external_id = l.external_id AND later.n > l.n)
			OR name IS NULL OR price < 0
		), upserted AS (
			INSERT INTO products AS p (external_id, name, price) SELECT * FROM latest
			ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, price = excluded.price
			WHERE ROW (p.name, p.price) IS DISTINCT FROM ROW (excluded.name, excluded.price)
			RETURNING xmax = 0 AS new
		)
		SELECT (SELECT count(*) FROM latest), count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM upserted`,
		ids, names, prices).Scan(&rows, &inserted, &updated)
	if err != nil {
		return err
	}
	in.stats.Inserted += inserted
	in.stats.Updated += updated
	in.stats.Unchanged += rows - inserted - updated
	return nil
}
