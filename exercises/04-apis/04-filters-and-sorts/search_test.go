package filters_test

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	filters "workbook/exercises/04-apis/04-filters-and-sorts"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/rowset"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

type ticket = filters.Ticket

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// desk is a database with tickets.
type desk struct {
	*dbtest.DB
	t       *testing.T
	spy     *pgtrace.Spy
	pool    *pgxpool.Pool
	tickets []ticket
}

func open(t *testing.T, tickets ...ticket) *desk {
	t.Helper()
	d := &desk{DB: dbtest.New(t, schema), t: t, spy: &pgtrace.Spy{}, tickets: tickets}
	d.pool = d.Pool(dbtest.With(d.spy))
	for _, k := range tickets {
		d.Exec(`INSERT INTO tickets VALUES ($1, $2, $3, $4, $5, $6)`, k.ID, k.Title, k.Status, k.Priority, k.Assignee, k.CreatedAt)
	}
	return d
}

// unordered makes sure that no order comes by itself.
func (d *desk) unordered() { d.Exec(`DROP INDEX tickets_created_at_id_idx, tickets_priority_id_idx`) }

// random makes n tickets, many of which are equal in what can be asked for.
func random(r *seed.Rand, n int) (tickets []ticket) {
	ids := r.Perm(n * 3)
	for i := range n {
		tickets = append(tickets, ticket{
			int64(ids[i]), seed.Pick(r, "refund", "a 100% refund", "re_fund", "re_fund", `c:\temp`, r.Word(), r.Awkward()), seed.Pick(r, "open", "waiting", "closed"),
			int32(r.Between(-3, 3)), seed.Pick(r, "ada", "Ada", "ada ", "lin", "o'neill"), noon.Add(time.Duration(r.Between(-5, 5)) * time.Hour / 2),
		})
	}
	return tickets
}

func parse(t *testing.T, query string) (filters.Query, error) {
	t.Helper()
	v, err := url.ParseQuery(query)
	require.NoError(t, err)
	return guard.Call2(t, func() (filters.Query, error) { return filters.ParseQuery(v) })
}

// search runs one search, with the parameters as they stand in an address.
func (d *desk) search(query string) []ticket {
	d.t.Helper()
	q, err := parse(d.t, query)
	require.NoErrorf(d.t, err, "ParseQuery of ?%s, where nothing is at fault", query)
	got, err := guard.Call2(d.t, func() ([]ticket, error) { return filters.Search(d.t.Context(), d.pool, q) })
	require.NoErrorf(d.t, err, "Search of ?%s", query)
	return got
}

// finds requires that a search gives what the test finds itself.
func (d *desk) finds(query string) {
	d.t.Helper()
	want := d.want(query)
	got := d.search(query)
	rowset.Equal(d.t, fmt.Sprintf("?%s gives, of %d tickets, those that pass, in the order asked for", query, len(d.tickets)), rowset.Of(want), rowset.Of(got), rowset.InOrder)
}

// want is the contract, for what has no fault.
func (d *desk) want(query string) []ticket {
	v, err := url.ParseQuery(query)
	require.NoError(d.t, err)
	at := func(name string) time.Time { t, _ := time.Parse(time.RFC3339, v.Get(name)); return t }
	passes := slices.DeleteFunc(slices.Clone(d.tickets), func(k ticket) bool {
		return v.Has("status") && !slices.Contains(v["status"], k.Status) || v.Has("assignee") && v.Get("assignee") != k.Assignee ||
			!strings.Contains(k.Title, v.Get("q")) || v.Has("from") && k.CreatedAt.Before(at("from")) || v.Has("before") && !k.CreatedAt.Before(at("before"))
	})
	sort := cmp.Or(v.Get("sort"), "-created_at")
	name, down := strings.CutPrefix(sort, "-")
	slices.SortFunc(passes, func(a, b ticket) int {
		c := cmp.Compare(a.Priority, b.Priority)
		if name == "created_at" {
			c = a.CreatedAt.Compare(b.CreatedAt)
		}
		c = cmp.Or(c, cmp.Compare(a.ID, b.ID))
		if down {
			return -c
		}
		return c
	})
	limit := 20
	if v.Has("limit") {
		_, _ = fmt.Sscan(v.Get("limit"), &limit)
	}
	return passes[:min(limit, len(passes))]
}

func TestSearch(t *testing.T) {
	few := []ticket{
		{1, "a 100% refund", "open", 2, "ada", noon}, {2, "100 refunds", "waiting", 1, "Ada", noon.Add(time.Hour)}, {3, "re_fund", "closed", 5, "lin", noon.Add(-time.Hour)},
		{4, "refund", "open", 3, "ada ", noon.Add(time.Microsecond)}, {5, `c:\temp`, "closed", -1, "o'neill", noon.Add(-time.Microsecond)}, {6, "", "waiting", 0, "", noon.Add(3 * time.Hour)},
	}
	for name, queries := range map[string][]string{
		"everything":           {"", "limit=100"},
		"by_status":            {"status=open", "status=waiting", "status=closed"},
		"by_several_statuses":  {"status=open&status=closed", "status=closed&status=waiting&status=open", "status=open&status=open"},
		"by_assignee":          {"assignee=ada", "assignee=Ada", "assignee=ada+", "assignee=nobody", "assignee=%25"},
		"by_text":              {"q=refund", "q=Refund", "q=100", "q=100%25", "q=re_fund", "q=%5C", "q=%25", "q=_", "q=e%25n", "q=:%5Ct", "q=%5C%25"},
		"by_text_of_SQL":       {"q='", "q=''", "q=%27+OR+1=1+--", "assignee=o'neill", "assignee=%27+OR+%27%27=%27", "q=$1", "q=$2", "q=%3F", "q=:x", "q=@limit", "q=%25s", "q=%3B"},
		"by_time":              {"from=2026-03-29T12:00:00Z", "before=2026-03-29T12:00:00Z", "from=2026-03-29T12:00:00.000001Z", "before=2026-03-29T12:00:00.000001Z", "from=2026-03-29T12:00:00Z&before=2026-03-29T13:00:00Z"},
		"by_time_in_any_zone":  {"from=2026-03-29T17:30:00%2B05:30", "before=2026-03-29T06:00:00-06:00", "from=2026-03-29T12:00:00%2B05:30"},
		"by_times_far_away":    {"from=0001-01-01T00:00:00Z", "before=9999-12-31T23:59:59Z", "from=9999-12-31T23:59:59Z", "before=0001-01-01T00:00:00Z"},
		"by_times_that_cross":  {"from=2026-03-29T13:00:00Z&before=2026-03-29T12:00:00Z"},
		"at_most_as_many":      {"limit=1", "limit=5", "limit=6", "limit=7&status=open", "sort=priority&limit=2"},
		"in_the_order":         {"sort=created_at", "sort=-created_at", "sort=priority", "sort=-priority"},
		"by_several_at_a_time": {"status=open&assignee=ada&q=%25&from=2026-03-29T12:00:00Z&before=2026-03-30T00:00:00Z&sort=priority&limit=3", "status=open&q=refund", "assignee=ada&q=nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, few...)
			for _, query := range queries {
				d.finds(query)
			}
		})
	}

	t.Run("without_limit_20", func(t *testing.T) {
		d := open(t, random(seed.New(t), 30)...)
		d.unordered()
		d.finds("")
		d.finds("sort=priority")
		d.finds("limit=21")
	})

	t.Run("nothing", func(t *testing.T) {
		d := open(t)
		for _, query := range []string{"", "status=open&sort=priority", "q=x"} {
			got := d.search(query)
			require.NotNilf(t, got, "?%s finds nothing: the slice is empty, and not nil", query)
			require.Empty(t, got)
		}
	})

	t.Run("not_without_an_error", func(t *testing.T) {
		d := open(t, few...)
		d.pool = d.Pool(dbtest.MaxConns(1))
		d.search("status=open") // so that the statement is prepared
		q, err := parse(t, "status=open")
		require.NoError(t, err)
		held := lock.Hold(t, d.DB, `LOCK TABLE tickets`)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []ticket
		call := lock.Go(t, func() (err error) { got, err = filters.Search(ctx, d.pool, q); return err })
		held.WaitBlocked(call)
		cancel()
		err = call.Wait("the context has ended while the statement waited, so Search returns")
		require.Errorf(t, err, "The context has ended while the statement waited for the table, so nothing was found out. Search has returned %d tickets", len(got))
	})

	t.Run("whatever_is_asked", func(t *testing.T) {
		r := seed.New(t)
		d := open(t, random(r, 60)...)
		d.unordered()
		for range 250 {
			d.finds(question(r, d.tickets).Encode())
		}
	})

	t.Run("ties_in_the_order_of_ids", func(t *testing.T) {
		r := seed.New(t)
		d := open(t)
		d.unordered()
		for i := range 12 {
			d.tickets = append(d.tickets, ticket{int64(i), "t", "open", int32(i % 2), "ada", noon.Add(time.Duration(i%3) * time.Hour)})
		}
		for range 5 {
			d.Exec(`TRUNCATE tickets`)
			for _, k := range seed.Shuffled(r, d.tickets) {
				d.Exec(`INSERT INTO tickets VALUES ($1, $2, $3, $4, $5, $6)`, k.ID, k.Title, k.Status, k.Priority, k.Assignee, k.CreatedAt)
			}
			for _, sort := range sorts {
				d.finds("sort=" + sort)
				d.finds("limit=5&sort=" + sort)
			}
		}
	})
}

var sorts = []string{"created_at", "-created_at", "priority", "-priority"}

// question asks for some of what is there, by some of the parameters.
func question(r *seed.Rand, tickets []ticket) url.Values {
	v, some := url.Values{}, seed.Pick(r, tickets...)
	for range r.Between(0, 2) {
		switch r.IntN(5) {
		case 0:
			v.Set("assignee", some.Assignee)
		case 1:
			title := []rune(some.Title)
			q := string(title[:min(3, len(title))])
			otherCase := func(k ticket) bool { // by_text asks for such
				return strings.Contains(strings.ToLower(k.Title), strings.ToLower(q)) && !strings.Contains(k.Title, q)
			}
			if q != "" && !slices.ContainsFunc(tickets, otherCase) {
				v.Set("q", q)
			}
		case 2:
			v.Set("from", some.CreatedAt.In(time.FixedZone("", 19800)).Format(time.RFC3339Nano))
		case 3:
			v.Set("before", some.CreatedAt.Format(time.RFC3339Nano))
		case 4:
			v["status"] = seed.Sample(r, []string{"open", "waiting", "closed"}, int(r.Between(1, 2)))
		}
	}
	if r.Chance(0.7) {
		v.Set("sort", seed.Pick(r, sorts...))
	}
	if r.Chance(0.5) {
		v.Set("limit", fmt.Sprint(r.Between(1, 100)))
	}
	return v
}

func TestStatement(t *testing.T) {
	t.Run("is_one_and_the_same_for_all_values", func(t *testing.T) {
		r := seed.New(t)
		d := open(t, random(r, 5)...)
		for _, sort := range sorts {
			d.spy.Reset()
			for i := range 8 {
				v := url.Values{"sort": {sort}}
				v.Set("q", seed.Pick(r, "'", "%", "a", "$1")+r.Canary())
				v.Set("assignee", seed.Pick(r, "'; DROP TABLE tickets; --", "x", "/*")+r.Canary())
				v.Set("limit", fmt.Sprint(i*9+1))
				v.Set("from", noon.Add(time.Duration(i)*time.Hour).Format(time.RFC3339))
				v.Set("before", noon.Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
				v["status"] = seed.Sample(r, []string{"open", "waiting", "closed"}, 2)
				d.search(v.Encode())
			}
			require.Equal(t, 8, d.spy.RoundTrips(), "eight searches: each is one statement")
			require.Len(t, d.spy.SQL(), 1, "eight searches by the same parameters, with other values: the text of the statement is the same. These texts were sent")
		}
	})

	t.Run("reads_few_rows", func(t *testing.T) {
		d := open(t)
		d.Exec(`INSERT INTO tickets SELECT i, 't', 'open', i * 7919 % 1000, 'ada', timestamptz '2026-01-01' + i * 7907 % 10000 * interval '1 minute' FROM generate_series(1, 10000) i`)
		plan.Settle(t, d.DB)
		for _, sort := range sorts {
			d.spy.Reset()
			d.search("sort=" + sort)
			plan.Examined(t, d.DB, d.spy.Calls()...).Within(t, "the first 20 of 10,000 tickets by "+sort+" are found by reading at most 500 rows", plan.Budget{Rows: 500})
		}
	})
}
