package eventlog_test

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	eventlog "workbook/exercises/02-go-in-depth/07-allocations-you-can-count"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

// allocations is how often f allocates once all that it keeps between calls is
// there: the fewest of many measurements, without the garbage collector. Under the
// race detector, a sync.Pool forgets some of what it gets.
func allocations(t *testing.T, f func()) int {
	t.Helper()
	return guard.Call(t, func() int {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		fewest := testing.AllocsPerRun(1, f)
		for range 50 {
			fewest = min(fewest, testing.AllocsPerRun(1, f))
		}
		return int(fewest)
	})
}

func TestAllocations(t *testing.T) {
	for name, e := range map[string]Event{
		"a_plain_event":      {at.UTC(), "anna", "paid, by card", 123456},
		"no_texts":           {at.UTC(), "", "", 0},
		"long_texts":         {at.UTC(), strings.Repeat("anna ", 1000), strings.Repeat("paid ", 1000), 123456},
		"the_largest_number": {at.UTC(), "anna", "paid", math.MaxInt64},
		"the_least_number":   {at.UTC(), "anna", "paid", math.MinInt64},
		"another_zone":       {at.Add(123456789), "anna", "paid", 123456},
		"year_0":             {time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), "anna", "paid", 123456},
		"escapes":            {at.UTC(), `"anna"`, controls() + "\\ \u2028\u2029 é 😀", 123456},
		"not_UTF-8":          {at.UTC(), "an\xffna", "\xe2\x82 paid \x80" + strings.Repeat("paid \xff", 20), 123456},
	} {
		t.Run("append/"+name, func(t *testing.T) {
			line := write(t, nil, e)
			_, err := decode(line)
			require.NoErrorf(t, err, "the line %.400q", line)
			for _, has := range []string{"", "an earlier line\n"} {
				dst := append(make([]byte, 0, len(has)+8*len(line)+1024), has...)
				n := allocations(t, func() { eventlog.AppendEvent(dst, e) })
				require.Zerof(t, n, "AppendEvent allocates nothing when dst has room for eight such lines and 1 KiB. It allocated so often for %.400q", line)
			}
		})

		if name == "escapes" || name == "not_UTF-8" {
			continue
		}
		t.Run("parse/"+name, func(t *testing.T) {
			line := write(t, nil, e)
			got, err := parse(t, string(line))
			require.NoErrorf(t, err, "ParseEvent of %.400q", line)
			requireSame(t, e, got, fmt.Sprintf("ParseEvent of %.400q", line))
			n := allocations(t, func() { _, _ = eventlog.ParseEvent(line) })
			require.LessOrEqualf(t, n, 2, "ParseEvent allocates at most twice for a line that AppendEvent wrote without a backslash. It allocated so often for %.400q", line)
		})
	}
}

func TestResults(t *testing.T) {
	escaped := strings.Repeat("\"\n\u2028", 20)

	t.Run("lines_stay_as_they_are", func(t *testing.T) {
		var lines, were [][]byte
		for i := range 100 {
			e := Event{at, fmt.Sprint("user ", i), escaped[:i%60] + fmt.Sprint("note ", i), int64(i)}
			var dst []byte
			if i%3 > 0 {
				dst = make([]byte, 0, i%3*20)
			}
			line := write(t, dst, e)
			lines, were = append(lines, line), append(were, bytes.Clone(line))
		}
		for i := range lines {
			require.Equalf(t, string(were[i]), string(lines[i]), "a line belongs to the caller. Line %d of 100, after all were written", i)
		}
		for i := range lines {
			require.Equalf(t, string(were[i]), string(lines[i]), "a line belongs to the caller. The callers of the lines before line %d overwrote theirs, up to the capacity. Line %d", i, i)
			clear(lines[i][:cap(lines[i])])
		}
		requireWrites(t, sample, sample)
	})

	t.Run("have_nothing_of_an_earlier_event", func(t *testing.T) {
		canary := seed.New(t).Canary()
		for range 30 {
			line := write(t, nil, Event{at, canary + escaped, canary + escaped, 123456})
			_, _ = parse(t, string(line))
			_, _ = parse(t, string(line[:len(line)/2]))
			line = write(t, nil, Event{at, `"a"`, "b\n", 7})
			require.NotContains(t, string(line), canary, "the user and the note of the event before are in this line")
			requireReads(t, Event{at, `"a"`, "b\n", 7}, `{"time":"2026-02-28T19:34:05Z","user":"\"a\"","note":"b\n","cents":7}`)
			requireWrites(t, Event{at, `"a"`, "b\n", 7}, Event{at, `"a"`, "b\n", 7})
		}
	})

	t.Run("events_share_nothing_with_the_line", func(t *testing.T) {
		for _, e := range []Event{{at, "anna", "paid", 7}, {at, `"anna"`, "paid\n", 7}, {at, "anna", escaped, 7}} {
			line := write(t, nil, e)
			var events []Event
			for range 3 {
				got, err := guard.Call2(t, func() (Event, error) { return eventlog.ParseEvent(line) })
				require.NoErrorf(t, err, "ParseEvent of %q", line)
				events = append(events, got)
			}
			copy(line, strings.Repeat("the next line is read into the same buffer ", 50))
			_, err := parse(t, object(`"time":"1970-01-01T00:00:00Z"`, `"user":"\u0041nother user"`, `"note":"\nanother note\n"`, `"cents":1`))
			require.NoError(t, err)
			for _, got := range events {
				requireSame(t, e, got, "the caller read the next line into the buffer, and parsed one more. The event that was parsed before")
			}
		}
	})

	t.Run("do_not_keep_the_line_in_memory", func(t *testing.T) {
		line := write(t, nil, Event{at, "anna", strings.Repeat("long ", 10_000), 7})
		require.NotEmpty(t, line)
		first := weak.Make(&line[0])
		got, err := guard.Call2(t, func() (Event, error) { return eventlog.ParseEvent(line) })
		require.NoError(t, err)
		line = nil
		for range 3 {
			runtime.GC()
		}
		require.True(t, first.Value() == nil, "the line is used no more, the event is. The collector has run, and the line must be gone")
		runtime.KeepAlive(got)
	})
}

// atOnce calls f in four goroutines, each with an event that no other has and the
// line for it, until twenty calls had another one begin before they ended.
func atOnce(t *testing.T, length int, f func(Event, []byte) bool) {
	var all sync.WaitGroup
	var latest, overlaps atomic.Int32
	for _, letter := range "abcd" {
		e := Event{at, strings.Repeat(string(letter), length), strings.Repeat(string(letter)+"\n\"", length), int64(letter)}
		line := write(t, nil, e)
		require.NotEmpty(t, line)
		all.Go(func() {
			defer func() {
				assert.Nil(t, recover(), "in four goroutines at once the code is called, each time with an event of its own. In one it panicked")
			}()
			defer overlaps.Add(20) // whoever ends, ends all
			for n := 0; n < 1000 && overlaps.Load() < 20; n++ {
				latest.Store(letter)
				if !assert.True(t, f(e, line), "in four goroutines at once the code is called, each time with an event of its own. In one the result was not that of its event") {
					return
				}
				if latest.Load() != letter {
					overlaps.Add(1)
				}
			}
		})
	}
	guard.Run(t, all.Wait)
}

func TestAtOnce(t *testing.T) {
	t.Run("append", func(t *testing.T) {
		atOnce(t, 60_000, func(e Event, line []byte) bool {
			return bytes.Equal(line, eventlog.AppendEvent(make([]byte, 0, len(line)), e))
		})
	})

	t.Run("parse", func(t *testing.T) {
		atOnce(t, 10_000, func(e Event, line []byte) bool {
			got, err := eventlog.ParseEvent(line)
			return err == nil && got.User == e.User && got.Note == e.Note && got.Cents == e.Cents
		})
	})
}
