package indexdesign_test

import (
	"fmt"
	"testing"
	"time"

	indexdesign "workbook/exercises/03-databases/04-index-design"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/seed"
)

// budget is what a query may read, whatever it is asked.
type budget struct {
	query, sql  string
	rows, pages int64
}

// asked is one set of parameters for a query.
type asked struct {
	about string
	args  []any
}

// TestBudgets asks each query about teams of different sizes, and about different parts of the year. The teams and the days are chosen
// anew in each run.
func TestBudgets(t *testing.T) {
	db := desk(t)
	db.Script("002_indexes.sql", indexes)
	plan.Settle(t, db)
	within := func(b budget, name string, a asked) {
		t.Run(b.query+"/"+name, func(t *testing.T) {
			promise := fmt.Sprintf("%s reads at most %d rows and looks at no more than %d pages, also for %s", b.query, b.rows, b.pages, a.about)
			plan.Examined(t, db, pgtrace.Statement{SQL: b.sql, Args: a.args}).Within(t, promise, plan.Budget{Rows: b.rows, Pages: b.pages})
		})
	}

	random := seed.New(t)
	large, small := random.Between(1, 16), random.Between(17, 516)
	newYear := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	early := newYear.AddDate(0, 0, int(random.Between(0, 60)))
	late := newYear.AddDate(0, 0, int(random.Between(200, 260)))
	for _, b := range []budget{
		{"TeamTickets", indexdesign.TeamTickets, 60, 80},
		{"TeamMinutes", indexdesign.TeamMinutes, 1200, 80},
	} {
		within(b, "early_in_the_year", asked{"a team with 2,000 tickets and 90 days early in the year", []any{large, early, early.AddDate(0, 0, 90)}})
		within(b, "late_in_the_year", asked{"a team with 2,000 tickets and 90 days late in the year", []any{large, late, late.AddDate(0, 0, 90)}})
		within(b, "small_team", asked{"a team with 16 tickets and the whole year", []any{small, newYear, newYear.AddDate(1, 0, 0)}})
	}
	within(budget{"Waiting", indexdesign.Waiting, 6000, 200}, "all_teams", asked{"2,400 waiting tickets", nil})
	within(budget{"TeamQueue", indexdesign.TeamQueue, 50, 50}, "large_team", asked{"a team with more than a hundred waiting tickets", []any{large}})
	address := fmt.Sprintf("CUSTOMER%d@example.com", random.Between(1, 10000))
	within(budget{"CustomerByEmail", indexdesign.CustomerByEmail, 5, 20}, "one_of_10000", asked{"one of 10,000 customers", []any{address}})
}
