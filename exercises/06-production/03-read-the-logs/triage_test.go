package readthelogs_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	t.Run("has_exactly_the_documented_form", func(t *testing.T) {
		s := newServer(t)
		s.log("shop.log", append(requests(2, "/cart", 500), requests(1, "/orders", 500)...)...)
		out := s.triage(s.logs)
		require.Zerof(t, out.exit, "stderr:\n%s", out.stderr)
		assert.Equal(t, "errors 2 /cart\nerrors 1 /orders\np95_ms 10\nusers 1\n",
			strings.ReplaceAll(out.stdout, "\r\n", "\n"))
	})

	t.Run("takes_keys_in_any_order_and_routes_whole", func(t *testing.T) {
		s := newServer(t)
		s.shuffleKeys = true
		s.log("shop.log", slices.Concat(requests(30, "GET /orders/{id}", 500),
			requests(20, "GET /orders/{id}/items", 500), requests(10, "POST /a,b: c", 500))...)
		out := s.triage(s.logs)
		require.Zerof(t, out.exit, "stderr:\n%s", out.stderr)
		assert.Equal(t, "errors 30 GET /orders/{id}\nerrors 20 GET /orders/{id}/items\nerrors 10 POST /a,b: c\np95_ms 10\nusers 1\n",
			strings.ReplaceAll(out.stdout, "\r\n", "\n"), "60 lines, the keys of each in another order")
	})

	t.Run("of_an_empty_folder_counts_nothing", func(t *testing.T) {
		s := newServer(t)
		out := s.triage(s.logs)
		require.Zerof(t, out.exit, "no logs are no failure; stderr:\n%s", out.stderr)
		assert.Equal(t, "p95_ms -\nusers 0\n", strings.ReplaceAll(out.stdout, "\r\n", "\n"))
	})
}

func TestFiles(t *testing.T) {
	cases := map[string]string{
		"rotated": "shop.log.1", "gzipped": "shop.log.2.gz",
		"space_in_the_name": "shop  eu west.log", "gzipped_with_space": "shop eu.log.gz",
		"dash_first": "-n.log", "pattern_in_the_name": "[a-z]*.log", "newline_in_the_name": "shop\nlog.log",
	}
	for _, situation := range slices.Sorted(maps.Keys(cases)) {
		name := cases[situation]
		t.Run(situation, func(t *testing.T) {
			if runtime.GOOS == "windows" { // has no such names
				name = strings.NewReplacer("*", "+", "\n", "~").Replace(name)
			}
			s := newServer(t)
			s.log("a.log", requests(1, "/a", 500)...)
			s.log(name, requests(2, "/b", 500)...)
			assert.Equalf(t, []string{"errors 2 /b", "errors 1 /a"}, s.report("errors"),
				"DIR has two logs, a.log and %q; /b is only in the second", name)
		})
	}

	t.Run("in_a_folder_with_a_space", func(t *testing.T) {
		s := newServer(t)
		s.log("a.log", requests(1, "/a", 500)...)
		require.NoError(t, os.Rename(s.logs, filepath.Join(s.cwd, "logs of the shop")))
		s.logs = "logs of the shop" // relative to the working folder
		assert.Equalf(t, []string{"errors 1 /a"}, s.report("errors"), "DIR is %q", s.logs)
	})
}

func TestErrors(t *testing.T) {
	t.Run("are_all_of_5xx_and_nothing_else", func(t *testing.T) {
		s := newServer(t)
		var all []request
		for _, status := range []int{200, 302, 400, 404, 499, 500, 502, 503, 504, 599} {
			all = append(all, requests(1, "/a", status)...)
		}
		s.log("shop.log", all...)
		assert.Equal(t, []string{"errors 5 /a"}, s.report("errors"), "one request each of 200 302 400 404 499 500 502 503 504 599")
	})

	t.Run("are_found_by_status_not_by_other_numbers", func(t *testing.T) {
		s := newServer(t)
		innocent := []request{
			{route: "/slow", status: 200, ms: 500},
			{route: "/id", status: 200, ms: 7, id: 1500},
			{route: "/500", status: 200, ms: 7},
			{route: "/up", status: 200, ms: 7, extra: `"upstream_status":502`},
			{route: "/msg", status: 200, ms: 7, extra: `"msg":"retry, status:503, then fine"`},
		}
		s.log("shop.log", append(innocent, requests(1, "/a", 500)...)...)
		assert.Equal(t, []string{"errors 1 /a"}, s.report("errors"), "every other request was answered with 200")
	})

	t.Run("are_counted_over_all_files", func(t *testing.T) {
		s := newServer(t)
		for i := range 3 { // the routes alternate within each file
			s.log(fmt.Sprintf("%d.log", i), slices.Concat(
				requests(1, "/a", 500), requests(1, "/b", 500), requests(1, "/a", 500))...)
		}
		assert.Equal(t, []string{"errors 6 /a", "errors 3 /b"}, s.report("errors"), "three files, each with 500 for /a, /b, /a")
	})

	t.Run("are_ordered_by_number", func(t *testing.T) {
		s := newServer(t)
		s.log("shop.log", slices.Concat(requests(9, "/nine", 500), requests(10, "/ten", 500), requests(101, "/many", 500))...)
		assert.Equal(t, []string{"errors 101 /many", "errors 10 /ten", "errors 9 /nine"}, s.report("errors"))
	})

	t.Run("show_the_top_five", func(t *testing.T) {
		s := newServer(t)
		var all []request
		var want []string
		for i := range 8 {
			all = append(all, requests(8-i, fmt.Sprintf("/r%d", i), 500)...)
			want = append(want, fmt.Sprintf("errors %d /r%d", 8-i, i))
		}
		s.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		s.log("shop.log", all...)
		assert.Equal(t, want[:5], s.report("errors"), "eight routes have errors: 8, 7, 6 … 1 of them")
	})

	t.Run("that_tie_are_in_byte_order_in_every_locale", func(t *testing.T) {
		tied := []string{"/Zoo", "/a-z", "/ab", "/b"} // upper case before lower
		for _, locale := range locales() {
			s := newServer(t)
			s.locale = locale
			for _, i := range s.random.Perm(len(tied)) {
				s.log(fmt.Sprintf("%d.log", i), requests(2, tied[i], 500)...)
			}
			var want []string
			for _, route := range tied {
				want = append(want, "errors 2 "+route)
			}
			assert.Equalf(t, want, s.report("errors"), "LC_ALL=%s, two errors for each route", locale)
		}
	})

	t.Run("of_five_thousand_routes_end_well", func(t *testing.T) {
		s := newServer(t)
		var all []request
		var want []string
		for i := range 5000 {
			route := fmt.Sprintf("/tenants/%05d/%s", i, strings.Repeat("long/", 30))
			all = append(all, requests(1, route, 500)...)
			want = append(want, "errors 1 "+route)
		}
		s.log("shop.log", all...)
		assert.Equal(t, want[:5], s.report("errors"), "5000 routes, one error each")
	})
}

func TestP95(t *testing.T) {
	for _, n := range []int{1, 19, 20, 21, 100} {
		t.Run(fmt.Sprintf("of_%d_requests", n), func(t *testing.T) {
			s := newServer(t)
			all := requests(n, "/a", 200)
			var ms []int
			for i, j := range s.random.Perm(900)[:n] {
				all[i].ms = 100 + j
				ms = append(ms, 100+j)
			}
			slices.Sort(ms)
			rank := (95*n + 99) / 100
			s.log("a.log", all[:n/2]...)
			s.log("b.log", all[n/2:]...)
			assert.Equalf(t, []string{fmt.Sprintf("p95_ms %d", ms[rank-1])}, s.report("p95_ms"),
				"%d requests: 0.95 × %d, rounded up, is %d; so it is number %d of %v", n, n, rank, rank, ms)
		})
	}

	t.Run("compares_numbers", func(t *testing.T) {
		s := newServer(t)
		all := requests(4, "/a", 200)
		for i, ms := range []int{90, 1000, 8, 200} {
			all[i].ms = ms
		}
		s.log("shop.log", all...)
		assert.Equal(t, []string{"p95_ms 1000"}, s.report("p95_ms"), "requests of 90, 1000, 8 and 200 ms: number 4 in ascending order is 1000")
	})
}

func TestUsers(t *testing.T) {
	people := func(users ...string) []request {
		var all []request
		for _, user := range users {
			all = append(all, request{route: "/a", status: 200, ms: 10, user: user})
		}
		return all
	}

	t.Run("are_counted_once", func(t *testing.T) {
		s := newServer(t)
		s.log("a.log", people("ann", "bob", "ann", "cid", "bob", "ann")...)
		s.log("b.log", people("bob", "dee")...)
		assert.Equal(t, []string{"users 4"}, s.report("users"), "ann, bob, cid and dee came, most of them several times")
	})

	t.Run("without_login_are_not_counted", func(t *testing.T) {
		s := newServer(t)
		s.log("shop.log", people("ann", "", "", "bob")...)
		assert.Equal(t, []string{"users 2"}, s.report("users"), "ann, bob and two requests without a user")
	})
}

func TestFailure(t *testing.T) {
	corrupt := func(t *testing.T) (*server, outcome) {
		s := newServer(t)
		s.log("a.log", requests(20, "/a", 500)...)
		s.log("z.log", requests(20, "/a", 500)...)
		s.report("errors") // with these two there is nothing wrong
		half := gzipped(bytes.Repeat(logFile(nil, requests(20, "/a", 500)...), 20))
		require.NoError(t, os.WriteFile(filepath.Join(s.logs, "m.log.gz"), half[:len(half)/2], 0o644))
		return s, s.triage(s.logs)
	}

	t.Run("of_a_truncated_gz_is_reported", func(t *testing.T) {
		_, out := corrupt(t)
		assert.NotZero(t, out.exit, "m.log.gz ends in the middle: the exit status is not 0")
		assert.NotEmpty(t, out.stderr, "m.log.gz ends in the middle: stderr says so")
	})

	t.Run("of_a_truncated_gz_prints_no_report", func(t *testing.T) {
		_, out := corrupt(t)
		assert.Empty(t, out.stdout, "m.log.gz ends in the middle: figures without the rest of it would be wrong")
	})

	t.Run("of_a_truncated_gz_leaves_no_temporary_files", func(t *testing.T) {
		s, _ := corrupt(t)
		assert.Empty(t, s.leftovers(), "m.log.gz ends in the middle; left after that")
	})

	t.Run("of_a_missing_folder_is_reported", func(t *testing.T) {
		s := newServer(t)
		s.log("a.log", requests(1, "/a", 500)...)
		s.report("errors") // with this folder there is nothing wrong
		out := s.triage(filepath.Join(s.logs, "no such folder"))
		assert.NotZero(t, out.exit, "DIR does not exist: the exit status is not 0")
		assert.Empty(t, out.stdout, "DIR does not exist: there is nothing to report")
	})
}

func TestTidy(t *testing.T) {
	t.Run("no_temporary_files_after_a_run", func(t *testing.T) {
		s := newServer(t)
		s.log("a.log", requests(1, "/a", 500)...)
		s.log("b.log.gz", requests(1, "/a", 500)...)
		s.report("errors")
		assert.Empty(t, s.leftovers(), "left after a good run")
	})

	t.Run("logs_stay_as_they_were", func(t *testing.T) {
		s := newServer(t)
		s.log("a.log", requests(1, "/a", 500)...)
		s.log("b.log.gz", requests(1, "/a", 500)...)
		before := files(t, s.logs)
		s.report("errors")
		after := files(t, s.logs)
		assert.Truef(t, maps.Equal(before, after), "the logs are evidence, DIR stays as it was: a.log, b.log.gz; now there is %v",
			slices.Sorted(maps.Keys(after)))
	})

	// The signal arrives while triage.sh reads: gzip itself sends it, to every
	// process of the script's group, as a service manager or Ctrl-C does.
	t.Run("no_temporary_files_after_SIGTERM", func(t *testing.T) {
		s := newServer(t)
		for _, name := range []string{"gzip", "gunzip", "zcat", "gzcat"} {
			s.tool(name, "echo stopped >&2; kill -TERM 0; sleep 60")
		}
		s.log("a.log", requests(1, "/a", 500)...)
		s.log("b.log.gz", requests(1, "/a", 500)...)
		out := s.triage(s.logs)
		require.Containsf(t, out.stderr, "stopped", "b.log.gz is read with gzip; stderr:\n%s", out.stderr)
		assert.NotZero(t, out.exit, "a stopped run is no success")
		assert.Empty(t, s.leftovers(), "left after SIGTERM")
	})
}
