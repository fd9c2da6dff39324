// Right: a goroutine reads and checks, up to two batches ahead; rows are compared in Go under their locks, and written with one INSERT of many VALUES.

package bulkimport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
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
	id, name string
	price    *int64
}

type chunk struct {
	products []product
	refused  []Refusal
}

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (stats Stats, err error) {
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan chunk, 1)
	var failed error
	group.Go(func() error {
		defer close(chunks)
		failed = read(r, func(c chunk) error {
			select {
			case chunks <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		return nil // what was read before is still to be saved
	})
	group.Go(func() error {
		for c := range chunks {
			if err := save(ctx, pool, c, &stats); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	err = group.Wait()
	if err == nil {
		err = failed
	}
	return stats, err
}

// read hands over chunks of 1,000 lines.
func read(r io.Reader, yield func(chunk) error) error {
	var c chunk
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		for long := line; errors.Is(err, bufio.ErrBufferFull); line = long {
			long = slices.Clone(long)
			line, err = lines.ReadSlice('\n')
			long = append(long, line...)
		}
		if err != nil && err != io.EOF {
			return errors.Join(err, yield(c))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if p, bad := parse(line); bad != nil {
				c.refused = append(c.refused, Refusal{n, bad.Error()})
			} else {
				c.products = append(c.products, p)
			}
		}
		if n%1000 == 0 || err == io.EOF {
			if bad := yield(c); bad != nil || err == io.EOF {
				return bad
			}
			c = chunk{}
		}
	}
}

func parse(line []byte) (p product, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return p, fmt.Errorf("not a JSON object: %w", err)
	}
	var id, name *string
	for key, to := range map[string]any{"external_id": &id, "name": &name, "price": &p.price} {
		if value, ok := members[key]; ok {
			if err := json.Unmarshal(value, to); err != nil {
				return p, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	if id == nil || name == nil || *id == "" || len([]rune(*id)) > 50 || strings.Contains(*id+*name, "\x00") || !utf8.ValidString(*id) || p.price != nil && *p.price < 0 {
		return p, errors.New("a value that the table does not take")
	}
	p.id, p.name = *id, *name
	return p, nil
}

func save(ctx context.Context, pool *pgxpool.Pool, c chunk, stats *Stats) error {
	latest := map[string]product{}
	for _, p := range c.products {
		latest[p.id] = p
	}
	ids := []string{}
	for id := range latest {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var inserted, updated int
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT external_id, name, price FROM products WHERE external_id = ANY ($1)`, ids)
		if err != nil {
			return err
		}
		old := map[string]product{}
		var p product
		if _, err := pgx.ForEachRow(rows, []any{&p.id, &p.name, &p.price}, func() error { old[p.id] = p; p.price = nil; return nil }); err != nil {
			return err
		}
		var values []string
		var args []any
		for _, id := range ids {
			was, known := old[id]
			now := latest[id]
			switch {
			case !known:
				inserted++
			case was.name == now.name && (was.price == nil) == (now.price == nil) && (now.price == nil || *was.price == *now.price):
				continue
			default:
				updated++
			}
			values = append(values, fmt.Sprintf("($%d::text, $%d::text, $%d::bigint)", len(args)+1, len(args)+2, len(args)+3))
			args = append(args, now.id, now.name, now.price)
		}
		if len(values) == 0 {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO products (external_id, name, price) VALUES `+strings.Join(values, ", ")+`
			ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, price = excluded.price`, args...)
		return err
	})
	if err != nil {
		return err
	}
	stats.Inserted += inserted
	stats.Updated += updated
	stats.Unchanged += len(ids) - inserted - updated
	stats.Refused = append(stats.Refused, c.refused...)
	return nil
}
