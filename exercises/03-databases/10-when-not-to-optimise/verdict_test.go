package whennottooptimise_test

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	tuning "workbook/exercises/03-databases/10-when-not-to-optimise"
	"workbook/exercises/internal/guard"
)

//go:embed plans
var plans embed.FS

// node is a node of a plan. As a change of one it has what is to be put into its place; nil takes a key away.
type node map[string]any

// recorded is a plan of the folder, with a change in the node to which the path leads: "01" is the second child of the first child of the top.
func recorded(t *testing.T, name, path string, change node) (plan []byte, changed string) {
	t.Helper()
	text, err := plans.ReadFile("plans/" + name + ".json")
	require.NoError(t, err)
	if change == nil {
		return text, ""
	}
	var list []struct{ Plan node }
	require.NoError(t, json.Unmarshal(text, &list))
	n := list[0].Plan
	for _, i := range path {
		n = n["Plans"].([]any)[i-'0'].(map[string]any)
	}
	kind := n["Node Type"]
	for key, value := range change {
		n[key] = value
		if value == nil {
			delete(n, key)
		}
	}
	told, err := json.Marshal(change)
	require.NoError(t, err)
	text, err = json.Marshal(list)
	require.NoError(t, err)
	return text, fmt.Sprintf(", when its %s has these,\n\n\t%s\n\n", kind, told)
}

func TestVerdict(t *testing.T) {
	const (
		country, counted, lines, sku, sells   = "01-a-country", "02-live-listings-counted", "03-prices-of-order-lines", "04-one-sku", "05-who-sells-it"
		jobs, middle, all, reviews, neighbour = "06-failed-jobs", "07-one-in-the-middle", "08-all-listings", "09-reviews-of-each-listing", "10-neighbours-of-each-listing"
	)
	scan := func(planned, rows, removed, loops float64) node {
		return node{"Plan Rows": planned, "Actual Rows": rows, "Rows Removed by Filter": removed, "Actual Loops": loops}
	}
	for _, c := range []struct {
		name, plan, path string
		change           node
		want             tuning.Advice
		why              string
	}{
		{"a_country", country, "", nil, tuning.Fine, "8 rows were read, which is less than 10,000"},
		{"live_listings_counted", counted, "", nil, tuning.Fine, "nearly all that was read was kept, and one row was returned"},
		{"prices_of_order_lines", lines, "", nil, tuning.Fine, "3,000 loops read 3,000 rows in all, and each loop got the row that was planned"},
		{"one_sku", sku, "", nil, tuning.MissingIndex, "20,000 rows were read and one was kept"},
		{"who_sells_it", sells, "", nil, tuning.MissingIndex, "60,000 rows were read, far down, and less than one in 100 was kept"},
		{"failed_jobs", jobs, "", nil, tuning.StaleStats, "1 row was planned and 40,000 came; this is asked before the sort and the number of rows"},
		{"one_in_the_middle", middle, "", nil, tuning.SortSpill, "a sort went to disk, and one row was returned"},
		{"all_listings", all, "", nil, tuning.TooManyRows, "20,000 rows were returned"},
		{"reviews_of_each_listing", reviews, "", nil, tuning.LoopBlowup, "377 loops read 60,000 rows each; this is asked before the index"},
		{"neighbours_of_each_listing", neighbour, "", nil, tuning.LoopBlowup, "2,000 loops read 398,000 rows"},
		{"estimate_99_times_too_low", all, "", scan(1, 99, 0, 1), tuning.Fine, "99 is less than 100 x 1"},
		{"estimate_100_times_too_low", all, "", scan(3, 300, 0, 1), tuning.StaleStats, "300 is 100 x 3"},
		{"estimate_too_high", all, "", scan(1e6, 3, 0, 1), tuning.Fine, "only an estimate that is too low counts"},
		{"estimate_of_one_loop", lines, "01", scan(1, 1, 0, 9_000), tuning.Fine, "each of the 9,000 loops got the row that was planned for it"},
		{"estimate_of_a_join", lines, "0", node{"Plan Rows": 1}, tuning.Fine, "a Nested Loop is no scan"},
		{"estimate_of_a_bitmap", neighbour, "0", node{"Plan Rows": 1}, tuning.LoopBlowup, "a Bitmap Index Scan has no Relation Name, so it is no scan, and 2,000 loops read 398,000 rows"},
		{"estimate_of_a_function", all, "", node{"Node Type": "Function Scan", "Relation Name": nil, "Plan Rows": 1, "Actual Rows": 500}, tuning.Fine, "without a Relation Name it is no scan"},
		{"estimate_of_a_change", all, "", node{"Node Type": "ModifyTable", "Plan Rows": 1, "Actual Rows": 500}, tuning.Fine, "its Node Type does not end in Scan"},
		{"estimate_of_a_sample", all, "", node{"Node Type": "Sample Scan", "Plan Rows": 1, "Actual Rows": 500}, tuning.StaleStats, "it has a Relation Name, and its Node Type ends in Scan"},
		{"loops_99", neighbour, "10", scan(2_000, 2_000, 0, 99), tuning.Fine, "99 loops are less than 100"},
		{"loops_100", neighbour, "10", scan(1_000, 1_000, 0, 100), tuning.LoopBlowup, "100 loops read 100,000 rows"},
		{"loops_that_read_little", neighbour, "10", scan(999, 999, 0, 100), tuning.Fine, "100 loops read 99,900 rows, which is less than 100,000"},
		{"loops_that_filter", neighbour, "10", scan(1, 1, 249, 400), tuning.LoopBlowup, "400 loops read 100,000 rows, though each kept one"},
		{"loops_that_recheck", neighbour, "10", node{"Plan Rows": 1, "Actual Rows": 1, "Rows Removed by Index Recheck": 999, "Actual Loops": 100}, tuning.LoopBlowup, "100 loops read 1,000 rows each, though a recheck threw most of them away"},
		{"loops_with_half_a_row", neighbour, "10", scan(1, 0.5, 0, 200_000), tuning.LoopBlowup, "200,000 loops read half a row each, as PostgreSQL 18 may print it, which is 100,000 rows"},

		{"loops_of_no_scan", lines, "01", node{"Node Type": "Materialize", "Relation Name": nil, "Plan Rows": 500, "Actual Rows": 500}, tuning.Fine, "a Materialize is no scan"},
		{"table_of_9_999_rows", sku, "", scan(1, 1, 9_998, 1), tuning.Fine, "9,999 rows were read, which is less than 10,000"},
		{"table_of_10_000_rows", sku, "", scan(100, 100, 9_900, 1), tuning.MissingIndex, "10,000 rows were read, and one in 100 was kept"},
		{"table_of_which_more_is_kept", sku, "", scan(101, 101, 9_899, 1), tuning.Fine, "10,000 rows were read, and more than one in 100 was kept"},
		{"table_read_in_loops", reviews, "10", scan(1, 1, 399, 50), tuning.MissingIndex, "50 loops read 20,000 rows in all, and 50 were kept"},
		{"table_kept_in_loops", reviews, "10", scan(30, 30, 370, 50), tuning.Fine, "50 loops read 20,000 rows in all, and 1,500 were kept"},
		{"index_that_filters", all, "", scan(5, 5, 19_995, 1), tuning.Fine, "an Index Scan is no Seq Scan"},
		{"sort_in_memory", middle, "0", node{"Sort Space Type": "Memory", "Sort Method": "quicksort"}, tuning.Fine, "the sort stayed in memory"},
		{"sort_of_one_run", middle, "0", node{"Sort Method": "external sort", "Sort Space Used": 8}, tuning.SortSpill, "a sort went to disk, whatever its method and however little"},
		{"returned_9_999", all, "", scan(9_999, 9_999, 0, 1), tuning.Fine, "9,999 rows were returned, which is less than 10,000"},
		{"returned_10_000", all, "", scan(10_000, 10_000, 0, 1), tuning.TooManyRows, "10,000 rows were returned"},
		{"stale_above_a_loop", reviews, "", node{"Plan Rows": 1}, tuning.StaleStats, "1 row was planned for the scan at the top and 377 came; this is asked before the loops below it"},
		{"sort_above_a_missing_index", sells, "0", node{"Sort Space Type": "Disk"}, tuning.MissingIndex, "the missing index, far down, is asked before the sort above it"},
		{"sort_of_many_rows", jobs, "0", node{"Plan Rows": 40_000}, tuning.SortSpill, "a sort went to disk; this is asked before the number of rows"},
		{"fewer_options", sku, "", node{"Actual Startup Time": nil, "Actual Total Time": nil, "Shared Hit Blocks": nil}, tuning.MissingIndex, "20,000 rows were read and one was kept, and TIMING OFF changes none of it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, changed := recorded(t, c.plan, c.path, c.change)
			got, err := guard.Call2(t, func() (tuning.Advice, error) { return tuning.Verdict(plan) })
			if err != nil || got != c.want {
				t.Fatalf("By the rules plans/%s.json is %s%s: %s. Verdict returned %q, error %v.", c.plan, c.want, changed, c.why, got, err)
			}
		})
	}
}

func TestVerdictRefuses(t *testing.T) {
	const ran = `{"Plan": {"Node Type": "Result", "Plan Rows": 1, "Actual Rows": 1, "Actual Loops": 1}}`
	for name, c := range map[string]struct{ plan, why string }{
		"nothing":                 {``, "an empty text is no JSON"},
		"half_a_plan":             {`[` + ran[:60], "a text that ends in the middle is no JSON"},
		"a_plan_for_people":       {`Seq Scan on listings  (cost=0.00..857.00 rows=1 width=23) (actual time=0.121..3.018 rows=1 loops=1)`, "the text format is no JSON"},
		"two_values":              {`[` + ran + `] [` + ran + `]`, "two lists, one after the other, are no JSON value"},
		"an_empty_list":           {`[]`, "an empty list has no plan"},
		"null":                    {`null`, "null is no list"},
		"an_object":               {ran, "it is no list"},
		"a_list_without_plans":    {`[{"Execution Time": 0.5}]`, "the object has no Plan"},
		"a_plan_that_was_not_run": {strings.ReplaceAll(`[`+ran+`]`, `, "Actual Rows": 1, "Actual Loops": 1`, ``), "EXPLAIN without ANALYZE knows no Actual Rows"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := guard.Call2(t, func() (tuning.Advice, error) { return tuning.Verdict([]byte(c.plan)) })
			if err == nil {
				t.Fatalf("What is no list with a plan that was run is an error; here %s. Verdict returned %q and no error for\n\n\t%s\n", c.why, got, c.plan)
			}
		})
	}
}
