package ownership_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	ownership "workbook/exercises/02-go-in-depth/06-who-owns-this-slice"
)

// together runs f in n goroutines that begin at once, and waits for them.
func together(n int, f func(i int)) {
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { <-begin; f(i) })
	}
	close(begin)
	wg.Wait()
}

func TestTogether(t *testing.T) {
	inProcess(t, "many_add_and_rename", func(t *testing.T, s *ownership.Shelf) {
		together(8, func(i int) {
			for j := range 200 {
				id := fmt.Sprintf("b%d.%d", i, j)
				s.Add(Book{id, "old", []string{"go"}})
				s.Rename(id, "new")
			}
		})
		found := s.ByTag("go")
		require.Equal(t, 1600, len(found), "8 goroutines have added 200 books each, and renamed each. So many are there")
		old := slices.IndexFunc(found, func(b Book) bool { return b.Title != "new" })
		require.Negative(t, old, "8 goroutines have added 200 books each, and renamed each. The book at this index has its old title")
	})

	inProcess(t, "some_read_while_others_change", func(t *testing.T, _ *ownership.Shelf) {
		for range 50 {
			s, _ := filled(t, 4, "ByTag")
			together(12, func(i int) { // each does one thing, so that nothing else puts them in an order
				tags := []string{"go", fmt.Sprint(i)}
				switch i % 4 {
				case 0:
					s.Add(Book{fmt.Sprint("added ", i), "Go", tags})
					tags[0] = "mine"
				case 1:
					s.Rename("b2", fmt.Sprint("title ", i))
				case 2:
					s.ByTag("go")[0].Tags[0] = "mine"
				case 3:
					s.Snapshot()["go"][0].Tags[0] = "mine"
				}
			})
		}
	})

	inProcess(t, "a_snapshot_is_of_one_moment", func(t *testing.T, _ *ownership.Shelf) {
		tags := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
		for range 20 {
			var s ownership.Shelf
			s.Add(Book{"b0", "title", tags})
			var done atomic.Bool
			go func() {
				defer done.Store(true)
				for n := range 30 {
					s.Add(Book{fmt.Sprint("b", n+1), "title", tags})
					s.Rename("b0", fmt.Sprint("title ", n))
				}
			}()
			for !done.Load() {
				seen := map[string]bool{}
				for _, books := range s.Snapshot() {
					seen[fmt.Sprintf("%d books, the first is called %q", len(books), books[0].Title)] = true
				}
				require.Len(t, seen, 1, "all books have the tags a to z; meanwhile books are added and the first is renamed. One Snapshot must have the same books under each tag, but had these")
			}
		}
	})
}

// inProcess is with in a process of its own: the runtime ends a program whose goroutines
// use one map at once, and the other tests must still run.
func inProcess(t *testing.T, name string, test func(*testing.T, *ownership.Shelf)) {
	const variable, reached = "SHELF_IN_PROCESS", "the test reached its end"
	if os.Getenv(variable) != "" {
		with(t, name, test)
		fmt.Println(reached)
		return
	}
	t.Run(name, func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
		cmd.Env = append(os.Environ(), variable+"=1", "GORACE=atexit_sleep_ms=0 halt_on_error=1")
		raw, err := cmd.CombinedOutput()
		out := noise.ReplaceAllString(string(raw), "")
		if _, race, raced := strings.Cut(out, "WARNING: DATA RACE\n"); raced {
			accesses, _, _ := strings.Cut(race, "\n\nGoroutine ")
			t.Fatalf("a Shelf can be used from many goroutines at once. Here two of them use the same memory with nothing between, and at least one writes to it:\n\n%s", accesses)
		}
		if err != nil || !strings.Contains(out, reached) {
			t.Fatalf("with many goroutines at once, in a process of its own (%v):\n%.1000s", err, strings.TrimSpace(strings.ReplaceAll(out, reached, "")))
		}
	})
}

// noise is what nobody needs of a report: addresses, long paths, and where testify was called.
var noise = regexp.MustCompile(`at 0x\w+ | \+0x\w+|\S*/06-who-owns-this-slice(_test\.|[./])|(?m)^\s*(--- FAIL|FAIL|Error Trace:|Test:| +\t+\s*/\S+:|\w+_test\.go:).*\n`)
