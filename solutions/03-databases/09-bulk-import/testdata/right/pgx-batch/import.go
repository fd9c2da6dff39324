// Right: a statement for each row, all of them sent as one pgx.Batch, 500 rows at a time.

package bulkimport

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
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

type product struct {
	ExternalID *string `json:"external_id"`
	Name       *string `json:"name"`
	Price      *int64  `json:"price"`
}

func (p *product) check() error {
	if p.ExternalID == nil || p.Name == nil {
		return errors.New("external_id and name are required")
	}
	if n := utf8.RuneCountInString(*p.ExternalID); n == 0 || n > 50 {
		return errors.New("external_id must have 1 to 50 characters")
	}
	if strings.ContainsRune(*p.ExternalID, 0) || strings.ContainsRune(*p.Name, 0) {
		return errors.New("NUL in a text")
	}
	if p.Price != nil && *p.Price < 0 {
		return errors.New("negative price")
	}
	return nil
}

// Import saves the products of an NDJSON file, one JSON object a line, in the
// table of schema.sql. It saves while it reads.
func Import(ctx context.Context, pool *pgxpool.Pool, r io.Reader) (Stats, error) {
	var (
		stats   Stats
		pending []product
		in      = bufio.NewReaderSize(r, 1<<16)
	)
	for n, last := 1, false; !last; n++ {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return stats, err
		}
		last = err != nil
		if strings.TrimSpace(line) != "" {
			var p product
			err := json.Unmarshal([]byte(line), &p)
			if err == nil {
				err = p.check()
			}
			if err != nil {
				stats.Refused = append(stats.Refused, Refusal{Line: n, Reason: err.Error()})
			} else {
				pending = append(pending, p)
			}
		}
		if len(pending) == 500 || last {
			if err := upsert(ctx, pool, pending, &stats); err != nil {
				return stats, err
			}
			pending = nil
		}
	}
	return stats, nil
}

func upsert(ctx context.Context, pool *pgxpool.Pool, products []product, stats *Stats) error {
	// Stable: of two lines about one product the later one stays behind, and is sent later.
	slices.SortStableFunc(products, func(a, b product) int { return cmp.Compare(*a.ExternalID, *b.ExternalID) })
	var batch pgx.Batch
	sum := *stats
	for _, p := range products {
		batch.Queue(`
			INSERT INTO products (external_id, name, price) VALUES ($1, $2, $3)
			ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, price = excluded.price
			WHERE products.name IS DISTINCT FROM excluded.name OR products.price IS DISTINCT FROM excluded.price
			RETURNING (xmax = 0)`, p.ExternalID, p.Name, p.Price).QueryRow(func(row pgx.Row) error {
			var inserted bool
			switch err := row.Scan(&inserted); {
			case errors.Is(err, pgx.ErrNoRows):
				sum.Unchanged++
			case err != nil:
				return err
			case inserted:
				sum.Inserted++
			default:
				sum.Updated++
			}
			return nil
		})
	}
	// A batch without BEGIN is one transaction.
	if err := pool.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	*stats = sum
	return ctx.Err()
}
