package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// relation is what was read of one table, with its indexes.
type relation struct {
	table   string
	scanned int64 // rows that sequential scans returned
	fetched int64 // rows that were fetched through an index
	indexed int64 // entries that the indexes returned
	pages   int64
}

// rows is the number of rows read. An entry of an index and the row that it
// leads to are one; entries alone (an index-only scan), or rows alone (a bitmap
// that kept whole pages), count as well.
func (r relation) rows() int64 { return r.scanned + max(r.fetched, r.indexed) }

// meter tells what was read between two looks at the counters.
type meter struct {
	tx   pgx.Tx
	last map[string]relation
}

// lap returns what was read of each table since the last lap.
func (m *meter) lap(ctx context.Context) (map[string]relation, error) {
	now, err := counters(ctx, m.tx)
	if err != nil {
		return nil, fmt.Errorf("ask for counters: %w", err)
	}
	read := minus(now, m.last)
	m.last = now
	return read, nil
}

// counters returns what this session has read of each table since it began, or
// since the server last collected it, which it does not do inside a transaction.
// (PostgreSQL, "The Cumulative Statistics System": pg_stat_xact_all_tables.)
func counters(ctx context.Context, tx pgx.Tx) (map[string]relation, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.relname::text,
			pg_stat_get_xact_tuples_returned(t.oid),
			pg_stat_get_xact_tuples_fetched(t.oid),
			coalesce(sum(pg_stat_get_xact_tuples_returned(i.indexrelid)), 0)::bigint,
			(pg_stat_get_xact_blocks_fetched(t.oid) + coalesce(sum(pg_stat_get_xact_blocks_fetched(i.indexrelid)), 0))::bigint
		FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_index i ON i.indrelid = t.oid
		WHERE t.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND t.relpersistence <> 't'
		GROUP BY t.oid, t.relname`)
	if err != nil {
		return nil, err
	}
	all := map[string]relation{}
	var r relation
	_, err = pgx.ForEachRow(rows, []any{&r.table, &r.scanned, &r.fetched, &r.indexed, &r.pages}, func() error {
		all[r.table] = r
		return nil
	})
	return all, err
}

func minus(after, before map[string]relation) map[string]relation {
	all := map[string]relation{}
	for name, a := range after {
		b := before[name]
		all[name] = relation{name, a.scanned - b.scanned, a.fetched - b.fetched, a.indexed - b.indexed, a.pages - b.pages}
	}
	return all
}

// worstFirst lists the tables that were read, those of which the most rows were read first.
func worstFirst(all map[string]relation) []relation {
	var read []relation
	for _, r := range all {
		if r.rows() > 0 || r.pages > 0 {
			read = append(read, r)
		}
	}
	slices.SortFunc(read, func(a, b relation) int {
		return cmp.Or(cmp.Compare(b.rows(), a.rows()), cmp.Compare(b.pages, a.pages), cmp.Compare(a.table, b.table))
	})
	return read
}
