// Wrong: what a SELECT does not find is new, and ON CONFLICT DO NOTHING is there for the rare case that it is not.
//checker:fails TestAtOnce/another_program_inserts_one_of_the_products
//checker:hint 6

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
	"strings"
	"unicode/utf8"

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
	switch {
	case p.ExternalID == nil || p.Name == nil:
		return p, errors.New("external_id or name is missing")
	case *p.ExternalID == "" || utf8.RuneCountInString(*p.ExternalID) > 50:
		return p, errors.New("external_id has not 1 to 50 characters")
	case strings.ContainsRune(*p.ExternalID+*p.Name, 0):
		return p, errors.New("the character U+0000 cannot be saved")
	case p.Price != nil && *p.Price < 0:
		return p, errors.New("price is below zero")
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
	var written []bool
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT external_id FROM products WHERE external_id = ANY ($1) ORDER BY external_id FOR NO KEY UPDATE`, ids)
		if err != nil {
			return err
		}
		known, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		updated, err := tx.Exec(ctx, `
			UPDATE products AS old SET name = new.name, price = new.price
			FROM unnest($1::text[], $2::text[], $3::bigint[]) AS new (external_id, name, price)
			WHERE old.external_id = new.external_id AND old.external_id = ANY ($4)
			AND (old.name, old.price) IS DISTINCT FROM (new.name, new.price)`, ids, names, prices, known)
		if err != nil {
			return err
		}
		inserted, err := tx.Exec(ctx, `
			INSERT INTO products (external_id, name, price)
			SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS new (external_id, name, price)
			WHERE external_id <> ALL ($4)
			ON CONFLICT DO NOTHING`, ids, names, prices, known)
		written = append(make([]bool, updated.RowsAffected()), slices.Repeat([]bool{true}, int(inserted.RowsAffected()))...)
		return err
	})
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
