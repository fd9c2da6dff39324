package responsibilities_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
	"workbook/lessons/internal/talk"
)

// trips counts the queries that a pool sends.
type trips struct{ n int }

func (c *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n++
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

type rated struct {
	Title string
	Stars float64
}

// snippet: one-by-one
func oneByOne(ctx context.Context, pool *pgxpool.Pool, limit int) ([]rated, error) {
	rows, err := pool.Query(ctx, `SELECT id, title FROM books ORDER BY id LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	type book struct {
		ID    int64
		Title string
	}
	books, err := pgx.CollectRows(rows, pgx.RowToStructByPos[book])
	if err != nil {
		return nil, err
	}
	var page []rated
	for _, b := range books {
		r := rated{Title: b.Title}
		err := pool.QueryRow(ctx, `SELECT coalesce(avg(stars), 0)::float8 FROM reviews WHERE book_id = $1`, b.ID).Scan(&r.Stars)
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, nil
}

// end snippet

// snippet: at-once
func atOnce(ctx context.Context, pool *pgxpool.Pool, limit int) ([]rated, error) {
	rows, err := pool.Query(ctx, `
		SELECT title, (SELECT coalesce(avg(stars), 0)::float8 FROM reviews WHERE book_id = b.id)
		FROM books b ORDER BY id LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[rated])
}

// end snippet

func TestRoundTrips(t *testing.T) {
	db := exercises.Database(t, schema, `
		INSERT INTO books (title, cents) SELECT 'book ' || n, 990 FROM generate_series(1, 100) n;
		INSERT INTO reviews (book_id, stars) SELECT 1 + n % 100, 1 + n % 5 FROM generate_series(1, 1000) n;`)
	config := db.Pool().Config()
	count := &trips{}
	config.ConnConfig.Tracer = count
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	defer pool.Close()

	var text strings.Builder
	fmt.Fprintln(&text, "books on the page   one by one   at once   at 1 ms each   ")
	for _, limit := range []int{5, 20, 100} {
		count.n = 0
		slow, err := oneByOne(t.Context(), pool, limit)
		require.NoError(t, err)
		many := count.n
		count.n = 0
		fast, err := atOnce(t.Context(), pool, limit)
		require.NoError(t, err)
		require.Equal(t, slow, fast)
		fmt.Fprintf(&text, "%17d   %10d   %7d   %d ms against %d ms\n", limit, many, count.n, many, count.n)
	}
	exercises.Golden(t, "round-trips", text.String())
}

// queue is a server that does ten requests a second and lets whoever comes on top wait, seen after so many seconds of twelve a
// second. It returns how long the last one waits, in seconds. The other server refuses what it cannot begin at once.
func queue(seconds int) (wait float64, refused int) {
	const perSecond, come = 10, 12
	waiting := (come - perSecond) * seconds
	return float64(waiting) / perSecond, (come - perSecond) * seconds
}

func TestQueue(t *testing.T) {
	var text strings.Builder
	fmt.Fprintln(&text, "after      whoever comes now waits   refused instead, of all who came")
	for _, minutes := range []int{1, 5, 30} {
		wait, refused := queue(60 * minutes)
		fmt.Fprintf(&text, "%2d min     %17.0f s     %7d of %d\n", minutes, wait, refused, 12*60*minutes)
	}
	exercises.Golden(t, "queue", text.String())
}

// busy lets n requests in at the same time.
func busy(n int, next http.Handler) http.Handler {
	// snippet: busy
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "busy, try again later", http.StatusServiceUnavailable)
		}
	})
	// end snippet
}

func TestBusy(t *testing.T) {
	entered, letGo := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	k := talk.New(t, busy(1, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if first.CompareAndSwap(false, true) {
			close(entered)
			<-letGo
		}
		fmt.Fprintln(w, "done")
	})), "Retry-After")
	inside := make(chan error, 1)
	go func() {
		answer, err := http.Get(k.URL() + "/report")
		if err == nil {
			err = answer.Body.Close()
		}
		inside <- err
	}()
	<-entered
	k.Say("GET", "/report", "")
	close(letGo)
	require.NoError(t, <-inside)
	k.Say("GET", "/report", "")
	exercises.Golden(t, "busy", k.String())
}

// limiter lets five requests of a key through, in this copy of the program.
type limiter map[string]int

func (l limiter) ok(key string) bool {
	l[key]++
	return l[key] <= 5
}

func TestTwoCopies(t *testing.T) {
	copies := []limiter{{}, {}} // the load balancer takes turns
	through := 0
	for request := range 12 {
		if copies[request%2].ok("key") {
			through++
		}
	}
	exercises.Golden(t, "two-copies", fmt.Sprintf("limit: 5; copies: %d; requests of one key: 12; let through: %d\n", len(copies), through))
}
