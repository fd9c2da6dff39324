package indepth_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/singleflight"

	"workbook/exercises"
)

type requestID struct{}

// snippet: search
// search asks an archive, which takes half a minute.
func search(ctx context.Context) error {
	select {
	case <-time.After(30 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end snippet

func TestTheClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var lines []string
		say := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fmt.Sprintf("%2.0f s   %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...)))
		}
		ctx, leave := context.WithCancel(context.WithValue(t.Context(), requestID{}, "a1"))
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for name, ctx := range map[string]context.Context{
			"the request's ctx":                     ctx,
			"context.Background()":                  context.Background(),
			"WithoutCancel(ctx)":                    context.WithoutCancel(ctx),
			"WithTimeout(WithoutCancel(ctx), 10 s)": bounded,
		} {
			all.Go(func() {
				id, ended := "none", "done"
				if err := search(ctx); err != nil {
					ended = err.Error()
				}
				if known, ok := ctx.Value(requestID{}).(string); ok {
					id = known
				}
				say("%-37s   request id: %-4s   %s", name, id, ended)
			})
		}
		say("a request comes and starts four searches")
		time.Sleep(2 * time.Second)
		say("the client leaves")
		leave()
		all.Wait()
		slices.Sort(lines[2:]) // two of them end in the same moment
		exercises.Golden(t, "client-leaves", strings.Join(lines, ""))
	})
}

// snippet: fastest
// fastest asks all mirrors and returns the first answer.
func fastest(mirrors []func() string) string {
	answers := make(chan string)
	for _, ask := range mirrors {
		go func() { answers <- ask() }()
	}
	return <-answers
}

// end snippet

// fastestWithRoom leaves room for the answers that nobody waits for.
func fastestWithRoom(mirrors []func() string) string {
	answers := make(chan string, len(mirrors))
	for _, ask := range mirrors {
		go func() { answers <- ask() }()
	}
	return <-answers
}

func mirrors() (ask []func() string) {
	for n := range 3 {
		ask = append(ask, func() string { return fmt.Sprint("mirror ", n) })
	}
	return ask
}

var (
	goroutine = regexp.MustCompile(`(?m)^goroutine (\d+) \[(.*)\]:$`)
	inFile    = regexp.MustCompile(`(?m)^\t.*/(\w+\.go):\d+( \+0x[0-9a-f]+)?$`)
	creator   = regexp.MustCompile(`in goroutine \d+`)
	before    = regexp.MustCompile(`workbook/lessons/02-go-in-depth_test`)
)

// stuck returns the stacks of the goroutines that f has left in a send, by number.
func stuck(skip map[string]string) map[string]string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err != nil {
		panic(err)
	}
	found := map[string]string{}
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		head := goroutine.FindStringSubmatch(stack)
		if head == nil || head[2] != "chan send" || !strings.Contains(stack, ".fastest.func1") || skip[head[1]] != "" {
			continue
		}
		stack = creator.ReplaceAllString(inFile.ReplaceAllString(stack, "\t$1"), "in goroutine N")
		found[head[1]] = strings.TrimSpace(before.ReplaceAllString(stack, "indepth")) + "\n"
	}
	return found
}

func TestTwoAreLeftBehind(t *testing.T) {
	old := stuck(nil)
	fastest(mirrors())
	left := stuck(old)
	for limit := time.Now().Add(10 * time.Second); len(left) < 2 && time.Now().Before(limit); left = stuck(old) {
		runtime.Gosched()
	}
	require.Len(t, left, 2)
	var stacks []string
	for _, stack := range left {
		stacks = append(stacks, stack)
	}
	exercises.Golden(t, "dump", strings.Join(stacks, "\n"))
}

func TestNobodyIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails when a goroutine is left at its end
		assert.NotEmpty(t, fastestWithRoom(mirrors()))
	})
}

// A cache keeps what was loaded; whoever finds nothing loads.
type cache struct {
	mu   sync.Mutex
	kept map[string]string
}

// snippet: get
func (c *cache) get(key string, load func() string) string {
	c.mu.Lock()
	value, found := c.kept[key]
	c.mu.Unlock()
	if !found {
		value = load()
		c.mu.Lock()
		c.kept[key] = value
		c.mu.Unlock()
	}
	return value
}

// end snippet

func TestStampede(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		fmt.Fprintln(&text, "100 requests for a page that was just thrown away")
		for _, way := range []struct {
			name string
			get  func(load func() string)
		}{
			{"each looks, then loads", func() func(func() string) {
				c := &cache{kept: map[string]string{}}
				return func(load func() string) { c.get("page", load) }
			}()},
			{"all wait for one load", func() func(func() string) {
				var one singleflight.Group
				return func(load func() string) { _, _, _ = one.Do("page", func() (any, error) { return load(), nil }) }
			}()},
		} {
			var mu sync.Mutex
			loads := 0
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					way.get(func() string {
						mu.Lock()
						loads++
						mu.Unlock()
						time.Sleep(time.Second) // the database
						return "page"
					})
				})
			}
			all.Wait()
			fmt.Fprintf(&text, "%-25s %3d loads\n", way.name, loads)
		}
		exercises.Golden(t, "stampede", strings.ReplaceAll(text.String(), "  1 loads", "  1 load"))
	})
}

// snippet: whose
// page lets requests for the same page share one search.
func page(ctx context.Context, shared *singleflight.Group) error {
	_, err, _ := shared.Do("page", func() (any, error) {
		return nil, search(ctx)
	})
	return err
}

// end snippet

func TestTheFirstOneLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shared singleflight.Group
		first, leave := context.WithCancel(t.Context())
		answers := make([]error, 3)
		var all sync.WaitGroup
		for n := range answers {
			ctx := t.Context()
			if n == 0 {
				ctx = first
			}
			all.Go(func() { answers[n] = page(ctx, &shared) })
			synctest.Wait() // so that they come one after the other
		}
		leave()
		all.Wait()
		exercises.Golden(t, "first-leaves", fmt.Sprintf("request 1, whose client leaves   %v\nrequest 2, still waiting         %v\nrequest 3, still waiting         %v\n",
			answers[0], answers[1], answers[2]))
	})
}

// snippet: visit
func visit(times int) int {
	visits := 0
	var all sync.WaitGroup
	for range times {
		all.Go(func() { visits++ })
	}
	all.Wait()
	return visits
}

// end snippet

func TestOneVisit(t *testing.T) {
	assert.Zero(t, visit(0))
	assert.Equal(t, 1, visit(1), "with two there is a race: see TestRaceReport, for which `go test -race` is needed")
}
