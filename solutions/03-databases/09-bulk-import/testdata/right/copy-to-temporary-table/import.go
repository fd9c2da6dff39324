// Right: COPY into a temporary table, then one INSERT … SELECT, in a transaction for each batch.

package bulkimport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// row is a line of the file, by its number.
type row struct {
	line     int
	id, name string
	price    *int64
}

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (stats Stats, err error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), 16<<20)
	batch := make([]row, 0, 2000)
	for n := 1; scanner.Scan(); n++ {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		p, err := read(n, scanner.Bytes())
		if err != nil {
			stats.Refused = append(stats.Refused, Refusal{n, err.Error()})
			continue
		}
		if batch = append(batch, p); len(batch) == cap(batch) {
			if err := flush(ctx, pool, batch, &stats); err != nil {
				return stats, err
			}
			batch = batch[:0]
		}
	}
	if err := scanner.Err(); err != nil {
		return stats, err
	}
	return stats, flush(ctx, pool, batch, &stats)
}

func read(n int, line []byte) (row, error) {
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		return row{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return row{}, errors.New("more than one value")
	}
	id, _ := members["external_id"].(string)
	name, ok := members["name"].(string)
	if n := utf8.RuneCountInString(id); n < 1 || n > 50 || !ok {
		return row{}, errors.New("external_id or name is missing, or not text of the right length")
	}
	if strings.Contains(id, "\x00") || strings.Contains(name, "\x00") {
		return row{}, errors.New("a zero byte")
	}
	switch price := members["price"].(type) {
	case nil:
		return row{n, id, name, nil}, nil
	case json.Number:
		cents, err := price.Int64()
		if err != nil || cents < 0 {
			return row{}, fmt.Errorf("price %s is not a whole number from 0 up", price)
		}
		return row{n, id, name, &cents}, nil
	}
	return row{}, errors.New("price is no number")
}

func flush(ctx context.Context, pool *pgxpool.Pool, batch []row, stats *Stats) error {
	var rows, written, inserted int
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE incoming (line int, external_id text, name text, price bigint) ON COMMIT DROP`); err != nil {
			return err
		}
		from := pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			return []any{batch[i].line, batch[i].id, batch[i].name, batch[i].price}, nil
		})
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"incoming"}, []string{"line", "external_id", "name", "price"}, from); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			WITH written AS (
				INSERT INTO products AS p (external_id, name, price)
				SELECT DISTINCT ON (external_id) external_id, name, price FROM incoming ORDER BY external_id, line DESC
				ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, price = excluded.price
				WHERE p.name <> excluded.name OR p.price IS DISTINCT FROM excluded.price
				RETURNING xmax)
			SELECT (SELECT count(DISTINCT external_id) FROM incoming), count(*), count(*) FILTER (WHERE xmax = 0) FROM written`).Scan(&rows, &written, &inserted)
	})
	if err != nil {
		return err
	}
	stats.Inserted += inserted
	stats.Updated += written - inserted
	stats.Unchanged += rows - written
	return nil
}
