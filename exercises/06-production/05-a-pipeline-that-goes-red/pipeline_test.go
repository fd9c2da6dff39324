package pipeline_test

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The shop's own tests are taken away where they are not the point: linking them is slow.
const labelsTest = "tools/labels/labels_test.go"

var shopsTests = []string{"price_test.go", "orders_test.go", labelsTest}

// Tests that are seeded.
var (
	//go:embed testdata/seeded/tea_test.go
	tests string
	//go:embed testdata/seeded/once_test.go
	nowAndThen string
)

// aDay is three runs in one repository: they are expensive, so the tests below share them.
var aDay = sync.OnceValue(func() *day { return new(day) })

type day struct {
	sync.Once
	runs    []outcome
	changed []string // by the first run
	left    []string // in TMPDIR
}

// run is the first test's that asks; the others find the outcomes.
func (d *day) run(t *testing.T, n int) outcome {
	t.Helper()
	d.Do(func() {
		s := newShop(t)
		s.commit()
		d.changed = s.changes(func() { d.runs = append(d.runs, s.run()) })
		d.left = s.leftovers()
		d.runs = append(d.runs, s.run())
		s.edit("migrations/0003_note.sql", "note", "remark")
		s.commit()
		d.runs = append(d.runs, s.run("test"))
	})
	require.Greaterf(t, len(d.runs), n, "the runs before did not end")
	return d.runs[n]
}

func TestGreen(t *testing.T) {
	t.Run("when_nothing_is_wrong", func(t *testing.T) {
		t.Parallel()
		judgeGreen(t, aDay().run(t, 0), "bash ci.sh: nothing is wrong")
	})

	t.Run("a_second_time", func(t *testing.T) {
		t.Parallel()
		judgeGreen(t, aDay().run(t, 1), "bash ci.sh: nothing is wrong; this is the second run in the same folder, with the same database")
	})

	t.Run("and_nothing_is_left_behind", func(t *testing.T) {
		t.Parallel()
		d := aDay()
		judgeGreen(t, d.run(t, 0), "bash ci.sh: nothing is wrong")
		assert.Empty(t, d.changed, "a run leaves the repository as it was; after a green one")
		assert.Empty(t, d.left, "a run leaves nothing in TMPDIR; after a green one")
	})

	t.Run("each_step_with_uncommitted_work", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.remove(shopsTests...)
		s.commit()
		s.edit("price.go", "what n pieces cost", "what so many pieces cost")
		s.write("tea.go", "package shop\n\n// Tea is what most customers want.\nconst Tea = \"tea\"\n")
		changed := s.changes(func() {
			for _, step := range []string{"format", "tidy", "vet", "generate", "migrate"} {
				judgeGreen(t, s.run(step), "bash ci.sh "+step+": price.go was edited and tea.go is new, both uncommitted and in order")
			}
		})
		assert.Empty(t, changed, "a run leaves the repository as it was, with work that is not committed; after green ones of each step")
	})
}

// A defect is seeded in a shop, and has a name that a red run must print.
type defect struct {
	situation, name, story string
	seed                   func(*shop)
}

// Defects are seeded before the commit, or after it.
const committed, uncommitted = true, false

// red is a test for each defect: a run is red.
func red(t *testing.T, commit bool, args []string, defects ...defect) {
	for _, d := range defects {
		t.Run(d.situation, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.remove(shopsTests...)
			if commit {
				d.seed(s)
				s.commit()
			} else {
				s.commit()
				d.seed(s)
			}
			s.defect = d.story
			s.red(d.name, args...)
		})
	}
}

// file and edit are what defects consist of.
func file(name, text string) func(*shop)      { return func(s *shop) { s.write(name, text) } }
func edit(name, old, text string) func(*shop) { return func(s *shop) { s.edit(name, old, text) } }

const (
	ugly     = "\n// Tea is what most customers want.\nconst   Tea   =   \"tea\"\n"
	misspelt = "\n// A Customer buys tea.\ntype Customer struct {\n\tName string `json:name`\n}\n"
)

// The defects of which a run of all steps must be red, too.
var (
	unformatted = defect{"in_the_root", "favourite.go", "favourite.go is not as gofmt writes it", file("favourite.go", "package shop\n"+ugly)}
	untidy      = defect{"in_tools", "go.mod", "tools/go.mod calls a module indirect that is imported directly",
		edit("tools/go.mod", "shop v0.0.0\n", "shop v0.0.0 // indirect\n")}
	suspect   = defect{"in_the_root", "customer.go", "go vet reports the struct tag in customer.go", file("customer.go", "package shop\n"+misspelt)}
	forgotten = defect{"of_a_file_that_is_missing", "prices.md", "prices.md, which go generate makes, is not in the repository",
		func(s *shop) { s.remove("prices.md") }}
	vat = defect{"from_production", "0004_vat.sql", "0004_vat.sql adds a NOT NULL column without a default, and production has orders",
		file("migrations/0004_vat.sql", "ALTER TABLE orders ADD COLUMN vat NOT NULL;\n")}
)

func TestFormat(t *testing.T) {
	red(t, committed, []string{"format"}, unformatted,
		defect{"in_tools", "favourite.go", "tools/labels/favourite.go is not as gofmt writes it", file("tools/labels/favourite.go", "package labels\n"+ugly)})
	red(t, uncommitted, []string{"format"},
		defect{"of_a_file_that_is_not_committed", "favourite.go", "favourite.go, which is not committed, is not as gofmt writes it", unformatted.seed})
}

func TestTidy(t *testing.T) {
	red(t, committed, []string{"tidy"}, untidy,
		defect{"in_the_root", "go.mod", "go.mod requires example.com/shop/tools, which nothing imports",
			edit("go.mod", "go 1.26\n", "go 1.26\n\nrequire example.com/shop/tools v0.0.0\n\nreplace example.com/shop/tools => ./tools\n")})
}

func TestVet(t *testing.T) {
	red(t, committed, []string{"vet"}, suspect,
		defect{"in_tools", "customer.go", "go vet reports the struct tag in tools/labels/customer.go", file("tools/labels/customer.go", "package labels\n"+misspelt)})
}

func TestGenerate(t *testing.T) {
	dearer := edit("prices.txt", "450", "475")
	red(t, committed, []string{"generate"}, forgotten,
		defect{"of_a_stale_file", "prices_gen.go", "tea costs 475 in prices.txt and 450 in prices_gen.go", dearer})
	red(t, uncommitted, []string{"generate"},
		defect{"of_work_that_is_not_committed", "prices_gen.go", "tea costs 475 in prices.txt, which is not committed, and 450 in prices_gen.go", dearer})
}

func TestMigrate(t *testing.T) {
	red(t, committed, []string{"migrate"}, vat,
		defect{"from_an_empty_database", "0001_orders.sql", "0001_orders.sql, which production has had already, needs a table that no migration makes",
			edit("migrations/0001_orders.sql", "CREATE", "ALTER TABLE customers ADD COLUMN phone;\nCREATE")})
}

func TestAll(t *testing.T) {
	tea := defect{name: "TestTea", story: "TestTea fails",
		seed: file("tea_test.go", "package shop\n\nimport \"testing\"\n\nfunc TestTea(t *testing.T) { t.Error(\"there is no tea\") }\n")}
	for _, c := range []struct {
		step string
		defect
	}{{"format", unformatted}, {"tidy", untidy}, {"vet", suspect}, {"test", tea}, {"generate", forgotten}, {"migrate", vat}} {
		c.situation = "is_red_when_" + c.step + "_is"
		red(t, committed, nil, c.defect)
	}
	red(t, committed, []string{"tset"}, defect{"has_no_step_of_another_name", "tset", "there is no step tset", func(*shop) {}})
}

func TestTests(t *testing.T) {
	// All defects of a module in one run: each is named. Runs are expensive.
	for _, m := range []struct{ name, file, pkg string }{
		{"the_root", "tea_test.go", "package shop"},
		{"tools", "tools/labels/tea_test.go", "package labels"},
	} {
		var once sync.Once
		var out outcome
		for _, c := range [][2]string{
			{"that_fail", "TestTea"}, {"that_race", "TestTwoAtOnce"}, {"that_need_their_order", "TestChain"}, {"that_are_slow", "TestSlowTea"},
		} {
			t.Run(c[0]+"_in_"+m.name, func(t *testing.T) {
				t.Parallel()
				once.Do(func() {
					s := newShop(t)
					s.remove(shopsTests...)
					s.write(m.file, strings.Replace(tests, "package shop", m.pkg, 1))
					s.commit()
					out = s.run("test")
				})
				judgeRed(t, out, "bash ci.sh test: TestTea, TestTwoAtOnce (a data race), TestSlowTea (not with -short) and one of TestChainA … L"+
					" (they need their order) in "+m.file+" fail", failed(c[1]), c[1])
			})
		}
	}

	red(t, committed, []string{"test"},
		defect{"that_fail_once", "TestNowAndThen", "TestNowAndThen fails the first time that it is run, and no other test does", file("once_test.go", nowAndThen)})

	t.Run("that_passed_an_hour_ago", func(t *testing.T) {
		t.Parallel()
		judgeRed(t, aDay().run(t, 2), "bash ci.sh test: a run was green; then 0003_note.sql was edited, so that orders have no column note and TestNote fails",
			failed("TestNote"), "TestNote")
	})
}

// failed matches a line that calls the test failed.
func failed(test string) *regexp.Regexp { return regexp.MustCompile(`(?i)fail.*` + test) }

func TestDatabase(t *testing.T) {
	for _, situation := range []string{"missing_for_test", "missing_for_migrate", "missing_for_all", "empty_for_test", "empty_for_migrate"} {
		t.Run(situation, func(t *testing.T) {
			t.Parallel()
			variable, step, _ := strings.Cut(situation, "_for_")
			s := newShop(t)
			s.remove(labelsTest)
			s.commit()
			s.database, s.defect = nil, "DATABASE_URL is "+variable
			if variable == "empty" {
				s.database = []string{"DATABASE_URL="}
			}
			var args []string
			if step != "all" {
				args = []string{step}
			}
			s.red("DATABASE_URL", args...)
		})
	}
}
