package pages_test

import (
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	pages "workbook/exercises/04-apis/03-pages-that-do-not-slide"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

type (
	event  = pages.Event
	filter = pages.Filter
)

var key = []byte("a key of thirty-two bytes, secret")[:32]

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// desk is the code under test on a database with the log of two tenants.
type desk struct {
	*dbtest.DB
	*seed.Rand
	t     *testing.T
	store *pages.Store
	spy   *pgtrace.Spy
	log   map[string][]event // by tenant
}

// open makes n events for each tenant, four at an instant, the instants a microsecond apart, the kinds in blocks of eight.
func open(t *testing.T, n int) *desk {
	t.Helper()
	d := &desk{DB: dbtest.New(t, schema), Rand: seed.New(t), t: t, spy: &pgtrace.Spy{}, log: map[string][]event{}}
	d.store = pages.New(d.Pool(dbtest.With(d.spy)), key)
	for _, tenant := range []string{"alpha", "gamma"} {
		for i := range n {
			at := noon.Add(time.Duration(i/4) * time.Microsecond)
			if i < n/3 {
				at = at.AddDate(-60, 0, 0) // before 1970
			}
			d.log[tenant] = append(d.log[tenant], event{ID: int64(d.Uint64()), Kind: []string{"login", "bills", "in & out"}[i/8%3], At: at})
		}
		d.insert(tenant, seed.Shuffled(d.Rand, d.log[tenant])...)
	}
	return d
}

// in is the same desk for a test that only reads.
func (d *desk) in(t *testing.T) *desk {
	again := *d
	again.t = t
	return &again
}

func (d *desk) insert(tenant string, events ...event) {
	d.t.Helper()
	rows := make([][]any, 0, len(events))
	for _, e := range events {
		rows = append(rows, []any{tenant, e.ID, e.Kind, e.At})
	}
	_, err := d.Owner().CopyFrom(d.t.Context(), pgx.Identifier{"events"}, []string{"tenant", "id", "kind", "at"}, pgx.CopyFromRows(rows))
	require.NoError(d.t, err, "insert events")
}

func (d *desk) remove(events ...event) {
	for _, e := range events {
		d.Exec(`DELETE FROM events WHERE id = $1`, e.ID)
	}
}

// newer says whether a stands before b: negative when it does.
func newer(a, b event) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) }

// want is what passes the filter, in order.
func (d *desk) want(f filter) []event {
	passes := slices.DeleteFunc(slices.Clone(d.log[f.Tenant]), func(e event) bool { return f.Kind != "" && f.Kind != e.Kind })
	slices.SortFunc(passes, newer)
	return passes
}

func (d *desk) try(s *pages.Store, f filter, cursor string, limit int) (pages.Page, error) {
	d.t.Helper()
	return guard.Call2(d.t, func() (pages.Page, error) { return s.List(d.t.Context(), f, cursor, limit) })
}

func (d *desk) list(s *pages.Store, f filter, cursor string, limit int) pages.Page {
	d.t.Helper()
	page, err := d.try(s, f, cursor, limit)
	require.NoErrorf(d.t, err, "List of %+v with limit %d at cursor %q, which is good", f, limit, cursor)
	if page.Next != "" {
		require.Lenf(d.t, page.Events, limit, "List of %+v with limit %d: another page follows, so this one has as many events as the limit", f, limit)
	}
	return page
}

// walk lists from the first page to the last, with these limits in turn, and calls between before each page but the first.
func (d *desk) walk(f filter, between func(seen []event), limits ...int) (seen []event) {
	d.t.Helper()
	cursor := ""
	for i := 0; i == 0 || cursor != ""; i++ {
		require.Lessf(d.t, i, 200, "List of %+v, at most 120 events at first: after so many pages the walk has come to the last one", f)
		if i > 0 {
			between(seen)
		}
		page := d.list(d.store, f, cursor, limits[i%len(limits)])
		for _, e := range page.Events {
			shown := slices.IndexFunc(seen, func(s event) bool { return s.ID == e.ID })
			require.Lessf(d.t, shown, 0, "List of %+v: event %d of %s is on page %d of the walk, and was there before, as number %d of all that were shown", f, e.ID, e.At, i+1, shown+1)
			seen = append(seen, e)
		}
		cursor = page.Next
	}
	return seen
}

func nothing([]event) {}

// same requires that two lists of events are the same, and shows where they part.
func same(t *testing.T, promise string, want, got []event) {
	t.Helper()
	at := func(list []event, i int) string {
		if i >= len(list) {
			return "none"
		}
		return fmt.Sprintf("%s, %s, id %d", list[i].At.UTC().Format("2006-01-02 15:04:05.000000"), list[i].Kind, list[i].ID)
	}
	for i := range max(len(want), len(got)) {
		require.Equalf(t, at(want, i), at(got, i), "%s. %d events were promised and %d came; they part at number %d", promise, len(want), len(got), i+1)
	}
}

func TestList(t *testing.T) {
	sixty := open(t, 60)
	t.Run("first_page", func(t *testing.T) {
		d := sixty.in(t)
		for _, f := range []filter{{Tenant: "alpha"}, {Tenant: "gamma"}, {"alpha", "bills"}, {"alpha", "in & out"}} {
			page := d.list(d.store, f, "", 10)
			same(t, fmt.Sprintf("The first page of %+v with limit 10 has the ten newest, in order", f), d.want(f)[:10], page.Events)
		}
	})

	t.Run("every_page", func(t *testing.T) {
		d := sixty.in(t)
		for _, limits := range [][]int{{1}, {3}, {7}, {59}, {100}, {2, 9, 1, 5}} {
			for _, f := range []filter{{Tenant: "alpha"}, {Tenant: "gamma", Kind: "login"}} {
				same(t, fmt.Sprintf("All pages of %+v together, with limits %v in turn, are the events that pass the filter", f, limits), d.want(f), d.walk(f, nothing, limits...))
			}
		}
	})

	t.Run("last_page_has_no_next", func(t *testing.T) {
		d := sixty.in(t)
		for _, limit := range []int{1, 10, 20, 30, 60, 61} {
			page := pages.Page{}
			for n := 0; n < 60; n += limit {
				page = d.list(d.store, filter{Tenant: "alpha"}, page.Next, limit)
				require.Equalf(t, n+limit < 60, page.Next != "", "60 events, limit %d, %d were shown before this page: whether Next is there. It has to be while events follow, and only then", limit, n)
			}
		}
	})

	t.Run("nothing", func(t *testing.T) {
		d := sixty.in(t)
		for _, f := range []filter{{Tenant: "nobody"}, {"alpha", "Login"}, {"Alpha", ""}} {
			page := d.list(d.store, f, "", 5)
			require.NotNilf(t, page.Events, "no event passes %+v: Events is empty, and not nil", f)
			require.Emptyf(t, page.Events, "no event passes %+v", f)
			require.Emptyf(t, page.Next, "no event passes %+v: no page follows", f)
		}
	})

	t.Run("limits", func(t *testing.T) {
		d := open(t, 250)
		for _, limit := range []int{0, -1, 101, 1_000_000_000, math.MaxInt, math.MinInt} {
			page, err := d.try(d.store, filter{Tenant: "alpha"}, "", limit)
			if err == nil {
				require.Truef(t, len(page.Events) >= 1 && len(page.Events) <= 100, "limit %d, 250 events: List fails or takes a limit from 1 to 100, and gave %d events", limit, len(page.Events))
			}
		}
		require.Len(t, d.list(d.store, filter{Tenant: "alpha"}, "", 100).Events, 100, "limit 100, 250 events")
	})
}

func TestMeanwhile(t *testing.T) {
	for _, f := range []filter{{Tenant: "alpha"}, {"alpha", "bills"}} {
		t.Run("events_come_and_go_"+cmp.Or(f.Kind, "of_all_kinds"), func(t *testing.T) {
			d := open(t, 120)
			gone := map[int64]bool{}
			came := func(at time.Time) event { return event{int64(d.Uint64()), "bills", at} }
			seen := d.walk(f, func(seen []event) {
				last := seen[len(seen)-1]
				d.insert("alpha", came(noon.Add(time.Hour)), came(noon.Add(2*time.Hour)), came(last.At), came(last.At), came(last.At.Add(-time.Microsecond)), came(noon.AddDate(-70, 0, 0)))
				before := seed.Pick(d.Rand, seen...)
				after := slices.DeleteFunc(d.want(f), func(e event) bool { return newer(last, e) >= 0 })
				for _, e := range append(after[:min(1, len(after))], before) {
					if e.ID != last.ID {
						gone[e.ID] = true
						d.remove(e)
					}
				}
			}, 6, 3) // not at the end of an instant, even when the event that follows goes
			require.Truef(t, slices.IsSortedFunc(seen, newer), "A walk stays in order while events come and go. The events, as they came: %v", seen)
			for _, e := range d.want(f) {
				shown := slices.ContainsFunc(seen, func(s event) bool { return s.ID == e.ID })
				require.Truef(t, gone[e.ID] || shown, "Events come and go during a walk: event %d of %s was there all the time, and was not shown", e.ID, e.At)
			}
		})
	}

	t.Run("the_last_event_of_a_page_goes", func(t *testing.T) {
		d := open(t, 40)
		f := filter{Tenant: "alpha"}
		seen := d.walk(f, func(seen []event) { d.remove(seen[len(seen)-1]) }, 3)
		same(t, "The last event of each page is deleted when it has been shown, and all events are shown once", d.want(f), seen)
	})

	t.Run("all_that_follow_go", func(t *testing.T) {
		d := open(t, 40)
		page := d.list(d.store, filter{Tenant: "alpha"}, "", 10)
		d.Exec(`DELETE FROM events`)
		page = d.list(d.store, filter{Tenant: "alpha"}, page.Next, 10)
		require.NotNil(t, page.Events, "all events were deleted between two pages: Events is empty, and not nil")
		require.Empty(t, page.Events, "all events were deleted between two pages")
		require.Empty(t, page.Next, "all events were deleted between two pages: no page follows")
	})
}

func TestReads(t *testing.T) {
	d := open(t, 0)
	d.Exec(`INSERT INTO events SELECT CASE WHEN i % 3 = 0 THEN 'gamma' ELSE 'alpha' END, i * 7919 % 100003, CASE WHEN i % 100 = 1 THEN 'rare' ELSE 'login' END,
		timestamptz '2026-01-01' + i / 6 * interval '1 second' FROM generate_series(0, 5999) i`)
	plan.Settle(t, d.DB)
	for name, f := range map[string]filter{"every_kind": {Tenant: "alpha"}, "one_kind": {"alpha", "login"}, "a_rare_kind": {"alpha", "rare"}} {
		t.Run(name, func(t *testing.T) {
			d := d.in(t)
			reads := func(cursor string, shown int) (next string) {
				d.spy.Reset()
				next = d.list(d.store, f, cursor, 20).Next
				sent := slices.DeleteFunc(d.spy.Calls(), func(s pgtrace.Statement) bool {
					return pgtrace.IsControl(s.SQL) || strings.Contains(strings.ToLower(s.SQL), "insert into") // a cursor that is kept would be kept twice
				})
				plan.Examined(t, d.DB, sent...).Within(t, fmt.Sprintf("a page of 20 of %+v, where %d events come before it, reads at most 200 rows", f, shown), plan.Budget{Rows: 200})
				return next
			}
			reads(reads("", 0), 20)
			page := d.list(d.store, f, "", 100)
			for shown := 100; page.Next != ""; shown += 100 {
				require.Less(t, shown, 4200, "4000 events, in pages of 100: the walk has come to the last page")
				if shown%1900 == 0 {
					reads(page.Next, shown)
				}
				page = d.list(d.store, f, page.Next, 100)
			}
		})
	}
}
