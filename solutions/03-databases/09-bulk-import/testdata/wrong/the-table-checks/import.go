// Wrong: the table has its constraints, so the program need not check the values.
//checker:fails TestRefuses/a_character_that_the_database_cannot_keep
//checker:fails TestRefuses/one_of_two_lines_about_a_product
//checker:fails TestRefuses/what_lacks_a_value
//checker:fails TestRefuses/what_the_table_refuses
//checker:hint 5

// Package bulkimport reads a supplier's file into the catalogue.
package bulkimport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
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

// batchLines is how many lines share one statement.
const batchLines = 1000

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads. When it returns an error, Stats
// says what it had done until then.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (Stats, error) {
	var stats Stats
	lines := bufio.NewReader(r)
	batch := map[string]product{} // by external_id, so the last line wins
	for number := 1; ; number++ {
		line, readErr := lines.ReadBytes('\n')
		line = bytes.TrimSpace(line)
		whole := readErr == nil || readErr == io.EOF
		if whole && len(line) > 0 {
			if p, err := parse(line); err != nil {
				stats.Refused = append(stats.Refused, Refusal{number, err.Error()})
			} else {
				batch[*p.ExternalID] = p
			}
		}
		if readErr != nil || number%batchLines == 0 {
			if err := save(ctx, pool, batch, &stats); err != nil {
				return stats, fmt.Errorf("save the lines up to %d: %w", number, err)
			}
			clear(batch)
		}
		if readErr == io.EOF {
			return stats, nil
		}
		if readErr != nil {
			return stats, fmt.Errorf("read line %d: %w", number, readErr)
		}
	}
}

// product is what a line says. Nil is null or missing.
type product struct {
	ExternalID *string `json:"external_id"`
	Name       *string `json:"name"`
	Price      *int64  `json:"price"`
}

// parse refuses what is no product, and what the table would refuse.
func parse(line []byte) (p product, err error) {
	if err := json.Unmarshal(line, &p); err != nil {
		return p, err
	}
	if p.ExternalID == nil {
		return p, errors.New("external_id is missing")
	}
	return p, nil
}

// save writes a batch with one statement, which is a transaction of its own.
// Rows are locked in the order of their external_id, so two imports can wait
// for each other in one direction only.
func save(ctx context.Context, pool *pgxpool.Pool, batch map[string]product, stats *Stats) error {
	if len(batch) == 0 {
		return ctx.Err()
	}
	ids := slices.Sorted(maps.Keys(batch))
	names, prices := make([]*string, len(ids)), make([]*int64, len(ids))
	for i, id := range ids {
		names[i], prices[i] = batch[id].Name, batch[id].Price
	}
	rows, err := pool.Query(ctx, `
		INSERT INTO products AS old (external_id, name, price)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
		ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, price = excluded.price
		WHERE (old.name, old.price) IS DISTINCT FROM (excluded.name, excluded.price)
		RETURNING xmax = 0 -- true for a new row: an update has locked the old one first`, ids, names, prices)
	if err != nil {
		return err
	}
	written, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return err
	}
	inserted := 0
	for _, isNew := range written {
		if isNew {
			inserted++
		}
	}
	stats.Inserted += inserted
	stats.Updated += len(written) - inserted
	stats.Unchanged += len(ids) - len(written)
	return nil
}
