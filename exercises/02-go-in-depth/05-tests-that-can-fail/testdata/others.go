package slots

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
)

// The grader lays this file beside the given ones. It has programs that keep
// the contract and share nothing with the given one, and chooses the program
// that the tests get.

const otherSchema = `
CREATE TABLE sheets (room text PRIMARY KEY, entries jsonb NOT NULL DEFAULT '[]');

CREATE TABLE reservations (id bigint GENERATED ALWAYS AS IDENTITY (START WITH -7000 INCREMENT BY -13) PRIMARY KEY, guest text);
CREATE TABLE parts (reservation bigint REFERENCES reservations ON DELETE CASCADE, place text, lower timestamptz, upper timestamptz);

CREATE TABLE places (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);
CREATE SEQUENCE order_ids START WITH 500 INCREMENT BY 3;
CREATE TABLE orders (
	id bigint, who text, place bigint, during tstzrange,
	EXCLUDE USING gist (int8range(place, place, '[]') WITH &&, during WITH &&)
);`

var programs = map[string]func(*pgxpool.Pool) Store{
	"given":        newStore,
	"sheets":       func(pool *pgxpool.Pool) Store { return sheets{pool} },
	"serializable": func(pool *pgxpool.Pool) Store { return serializable{pool} },
	"exclusion":    func(pool *pgxpool.Pool) Store { return exclusion{pool} },
}

var program, made = os.Getenv("SLOTS_PROGRAM"), os.Getenv("SLOTS_DATABASES")

func init() {
	switch {
	case program == "none, but drop the databases":
		drop()
		os.Exit(0)
	case programs[program] == nil:
		fmt.Fprintln(os.Stderr, "no such program:", program)
		os.Exit(3)
	}
}

// A database is made once in a process, and lent to one test after the other:
// making one takes longer than most tests.
type lent struct {
	testing.TB // the test that has it
	db         *dbtest.DB
}

var idle = struct {
	sync.Mutex
	all []*lent
}{}

func database(t testing.TB) *dbtest.DB {
	t.Helper()
	l := takeIdle()
	if l == nil {
		l = &lent{TB: t}
		l.db = dbtest.New(l, schema, otherSchema)
		note(l.db.Name())
	} else {
		l.TB = t
		l.db.Exec(`DELETE FROM booked; DELETE FROM rooms; DELETE FROM sheets; DELETE FROM reservations; DELETE FROM orders; ALTER SEQUENCE booking_ids RESTART`)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			idle.Lock()
			defer idle.Unlock()
			idle.all = append(idle.all, l)
		}
	})
	return l.db
}

func takeIdle() (l *lent) {
	idle.Lock()
	defer idle.Unlock()
	if n := len(idle.all); n > 0 {
		l, idle.all = idle.all[n-1], idle.all[:n-1]
	}
	return l
}

// Cleanup leaves the database alone, and ends what a test has opened in it.
func (l *lent) Cleanup(f func()) {
	if l.db != nil {
		l.TB.Cleanup(f)
	}
}

// note writes down that a database is to be dropped, also if this process is killed.
func note(name string) {
	f, err := os.OpenFile(made, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f, name)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err)
	}
}

func drop() {
	names, err := os.ReadFile(made)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv("WORKBOOK_DATABASE_URL"))
	if err == nil {
		defer conn.Close(ctx)
		for _, name := range strings.Fields(string(names)) {
			_, err = conn.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sheets keeps one document a room, and numbers bookings at random.
type sheets struct{ pool *pgxpool.Pool }

type entry struct {
	ID       int64
	Who      string
	From, To time.Time
}

type busy struct{ entry }

func (b busy) Error() string        { return "already given to " + b.Who }
func (b busy) Is(target error) bool { return target == ErrTaken }

func (s sheets) Book(ctx context.Context, who string, slots ...Slot) (int64, error) {
	id := rand.Int64()
	rooms := map[string][]Slot{}
	for _, slot := range slots {
		if slot.To.Compare(slot.From) <= 0 {
			return 0, fmt.Errorf("%w: %v", ErrInvalid, slot)
		}
		rooms[slot.Room] = append(rooms[slot.Room], slot)
	}
	var names []string
	for name := range rooms {
		names = append(names, name)
	}
	slices.Sort(names)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, name := range names {
			_, err := tx.Exec(ctx, `INSERT INTO sheets (room) VALUES ($1) ON CONFLICT DO NOTHING`, name)
			if err != nil {
				return err
			}
			err = change(ctx, tx, name, func(entries []entry) ([]entry, error) {
				for _, slot := range rooms[name] {
					for _, e := range entries {
						if slot.From.Before(e.To) && e.From.Before(slot.To) {
							return nil, busy{e}
						}
					}
					entries = append(entries, entry{id, who, slot.From, slot.To})
				}
				return entries, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

func change(ctx context.Context, tx pgx.Tx, room string, how func([]entry) ([]entry, error)) error {
	var text []byte
	if err := tx.QueryRow(ctx, `SELECT entries FROM sheets WHERE room = $1 FOR UPDATE`, room).Scan(&text); err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return err
	}
	entries, err := how(entries)
	if err != nil {
		return err
	}
	if text, err = json.Marshal(entries); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE sheets SET entries = $2 WHERE room = $1`, room, text)
	return err
}

func (s sheets) Cancel(ctx context.Context, id int64) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT room FROM sheets ORDER BY room FOR UPDATE`)
		if err != nil {
			return err
		}
		rooms, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		ended := 0
		for _, room := range rooms {
			err := change(ctx, tx, room, func(entries []entry) ([]entry, error) {
				left := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.ID == id })
				ended += len(entries) - len(left)
				return append([]entry{}, left...), nil
			})
			if err != nil {
				return err
			}
		}
		if ended == 0 {
			return fmt.Errorf("number %d: %w", id, ErrNotFound)
		}
		return nil
	})
}

func (s sheets) Free(ctx context.Context, room string, day time.Time) ([]Span, error) {
	var text []byte
	err := s.pool.QueryRow(ctx, `SELECT entries FROM sheets WHERE room = $1`, room).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		text, err = []byte("[]"), nil
	}
	if err != nil {
		return nil, err
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	at := day.Truncate(24 * time.Hour) // whole days since the year 1, in UTC
	end := at.Add(24 * time.Hour)
	entries = append(entries, entry{From: end, To: end})
	slices.SortFunc(entries, func(a, b entry) int { return a.From.Compare(b.From) })
	free := []Span{}
	for _, e := range entries {
		if to := earlier(e.From, end); at.Before(to) {
			free = append(free, Span{at.Local(), to.Local()})
		}
		if e.To.After(at) {
			at = e.To
		}
	}
	return free, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// again runs a transaction until the server does not ask for another try.
func again(ctx context.Context, pool *pgxpool.Pool, level pgx.TxIsoLevel, f func(pgx.Tx) error) error {
	for {
		err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: level}, f)
		refused, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || refused.Code != "40001" && refused.Code != "40P01" {
			return err
		}
	}
}

// serializable looks and then writes, and leaves the rest to the server.
type serializable struct{ pool *pgxpool.Pool }

func (s serializable) Book(ctx context.Context, who string, slots ...Slot) (id int64, err error) {
	for i, slot := range slots {
		if slot.From.Equal(slot.To) || slot.From.After(slot.To) {
			return 0, fmt.Errorf("slot %d: %w", i+1, ErrInvalid)
		}
	}
	err = again(ctx, s.pool, pgx.Serializable, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `INSERT INTO reservations (guest) VALUES ($1) RETURNING id`, who).Scan(&id); err != nil {
			return err
		}
		for _, slot := range slots {
			var taken bool
			err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM parts WHERE place = $1 AND (lower, upper) OVERLAPS ($2, $3))`,
				slot.Room, slot.From, slot.To).Scan(&taken)
			if err != nil {
				return err
			}
			if taken {
				return fmt.Errorf("sorry, %s: %w", who, ErrTaken)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO parts VALUES ($1, $2, $3, $4)`, id, slot.Room, slot.From, slot.To); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

func (s serializable) Cancel(ctx context.Context, id int64) error {
	return again(ctx, s.pool, pgx.Serializable, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `DELETE FROM reservations WHERE id = $1 RETURNING id`, id).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return errors.Join(ErrNotFound, err)
		}
		return err
	})
}

func (s serializable) Free(ctx context.Context, room string, day time.Time) ([]Span, error) {
	rows, err := s.pool.Query(ctx, `
		WITH bounds AS (SELECT tstzrange(d, d + interval '24 hours') AS day
			FROM (SELECT date_trunc('day', $2::timestamptz, 'UTC') AS d) AS _)
		SELECT lower(gap), upper(gap) FROM bounds, unnest(tstzmultirange(day) -
			(SELECT coalesce(range_agg(tstzrange(lower, upper)), '{}') FROM parts WHERE place = $1)) AS gap ORDER BY gap`, room, day)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Span])
}

// exclusion writes without having looked: a constraint of the table keeps slots apart.
type exclusion struct{ pool *pgxpool.Pool }

func (s exclusion) Book(ctx context.Context, who string, slots ...Slot) (id int64, err error) {
	err = again(ctx, s.pool, pgx.ReadCommitted, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`SELECT nextval('order_ids')`).QueryRow(func(row pgx.Row) error { return row.Scan(&id) })
		for _, slot := range slots {
			if !slot.From.Before(slot.To) {
				return errors.Join(ErrInvalid)
			}
			batch.Queue(`INSERT INTO places (name) VALUES ($1) ON CONFLICT DO NOTHING`, slot.Room)
			batch.Queue(`INSERT INTO orders SELECT currval('order_ids'), $1, id, tstzrange($3, $4) FROM places WHERE name = $2`, who, slot.Room, slot.From, slot.To)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == "23P01" {
		err = fmt.Errorf("%w: %w", ErrTaken, err)
	}
	return id, err
}

func (s exclusion) Cancel(ctx context.Context, id int64) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM orders WHERE id = $1`, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("there is no order %d: %w", id, ErrNotFound)
	}
	return err
}

func (s exclusion) Free(ctx context.Context, room string, day time.Time) ([]Span, error) {
	midnight := day.UTC().Format(time.DateOnly) + " 00:00Z"
	rows, err := s.pool.Query(ctx, `
		SELECT lower(gap), upper(gap) FROM unnest(tstzmultirange(tstzrange($2::text::timestamptz, $2::text::timestamptz + '24 hours')) -
			(SELECT coalesce(range_agg(during), '{}') FROM orders JOIN places ON places.id = place WHERE name = $1)) AS gap
		ORDER BY gap`, room, midnight)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Span, error) {
		span, err := pgx.RowToStructByPos[Span](row)
		zone := time.FixedZone("", 7*60*60)
		return Span{span.From.In(zone), span.To.In(zone)}, err
	})
}
