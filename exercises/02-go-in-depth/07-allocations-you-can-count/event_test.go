package eventlog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	eventlog "workbook/exercises/02-go-in-depth/07-allocations-you-can-count"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

type Event = eventlog.Event

// at is a time in a zone ahead of UTC, where it is the next day.
var at = time.Date(2026, 3, 1, 1, 4, 5, 0, time.FixedZone("", 5*3600+1800))

// write calls AppendEvent. A panic or a hang fails this test alone.
func write(t *testing.T, dst []byte, e Event) []byte {
	t.Helper()
	return guard.Call(t, func() []byte { return eventlog.AppendEvent(dst, e) })
}

// decode reads a line with encoding/json, as strictly as the contract says.
func decode(line []byte) (e Event, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if token, _ := dec.Token(); !json.Valid(line) || token != json.Delim('{') {
		return e, errors.New("not one JSON object")
	}
	fields := map[any]any{}
	for dec.More() {
		key, _ := dec.Token()
		if _, twice := fields[key]; twice {
			return e, fmt.Errorf("key %q twice", key)
		}
		fields[key], _ = dec.Token()
	}
	at, isTime := fields["time"].(string)
	user, isUser := fields["user"].(string)
	note, isNote := fields["note"].(string)
	cents, isCents := fields["cents"].(json.Number)
	if len(fields) != 4 || !isTime || !isUser || !isNote || !isCents {
		return e, fmt.Errorf("not the four keys with their values: %q", fields)
	}
	e = Event{User: user, Note: note}
	if e.Time, err = time.Parse(time.RFC3339Nano, at); err == nil {
		e.Cents, err = strconv.ParseInt(cents.String(), 10, 64)
	}
	return e, err
}

// requireSame requires that two events are the same, with their times as instants.
func requireSame(t *testing.T, want, got Event, story string) {
	t.Helper()
	require.Truef(t, want.Time.Equal(got.Time), "%s\nwant the time %v\nhave the time %v", story, want.Time, got.Time)
	want.Time, got.Time = time.Time{}, time.Time{}
	require.Truef(t, want == got, "%s\nwant %.400q\nhave %.400q", story, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got))
}

// requireWrites requires that encoding/json reads want in the line for e.
func requireWrites(t *testing.T, want, e Event) {
	t.Helper()
	line := write(t, nil, e)
	got, err := decode(line)
	story := fmt.Sprintf("the line that AppendEvent wrote, read by encoding/json: %.400q", line)
	require.NoError(t, err, story)
	requireSame(t, want, got, story)
}

// clean is s with U+FFFD for each byte that is not UTF-8.
func clean(s string) string { return string([]rune(s)) }

func controls() (s string) {
	for c := range rune(' ') {
		s += string(c) + "x"
	}
	return s
}

// texts are awkward in one way each.
func texts(t *testing.T) map[string][]string {
	return map[string][]string{
		"plain":                     {"anna", "paid, by card", "1"},
		"empty":                     {""},
		"quotes_and_backslashes":    {`"`, `\`, `say "no"`, `C:\new\table`, `\"`, `\\u0041`, `","cents":1,"note":"`},
		"control_characters":        {controls(), "\n", "\x00", "\x1b[31m", "\x7f"},
		"line_separators":           {"one\u2028two\u2029three\u0085four"},
		"letters_of_all_kinds":      append(seed.New(t).AllAwkward(), "žluťoučký", "😀👩‍👧", "\ufeff\ufffd\uffff", "\U0010ffff"),
		"bytes_that_are_not_UTF-8":  {"\xff", "a\x80b\xc3\x28c", "cut off \xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80"},
		"much_longer_than_the_rest": {strings.Repeat("long, ", 3000), strings.Repeat("\"\n\u2028é", 3000)},
	}
}

func TestAppend(t *testing.T) {
	for name, list := range texts(t) {
		t.Run("texts/"+name, func(t *testing.T) {
			for _, s := range list {
				requireWrites(t, Event{at, clean(s), "", 7}, Event{at, s, "", 7})
				requireWrites(t, Event{at, "", clean(s), 7}, Event{at, "", s, 7})
			}
		})
	}

	t.Run("one_line", func(t *testing.T) {
		for _, s := range slices.Concat(slices.Collect(maps.Values(texts(t)))...) {
			line := write(t, nil, Event{at, s, s, 7})
			require.NotEmpty(t, line)
			require.Falsef(t, bytes.ContainsAny(line, "\n\r\u2028\u2029"), "there is no line break in a line or at its end, neither \\n, \\r, U+2028 nor U+2029: %.400q", line)
		}
	})

	t.Run("UTF-8", func(t *testing.T) {
		for _, s := range slices.Concat(slices.Collect(maps.Values(texts(t)))...) {
			line := write(t, nil, Event{at, s, s, 7})
			require.Truef(t, len(line) > 0 && utf8.Valid(line), "a line is UTF-8, whatever the texts are: %.400q", line)
		}
	})

	t.Run("times_to_the_nanosecond", func(t *testing.T) {
		for _, ns := range []int{0, 1, 120, 500_000_000, 999_999_999} {
			e := Event{Time: time.Date(2026, 12, 31, 23, 59, 59, ns, time.UTC)}
			requireWrites(t, e, e)
		}
		now := Event{Time: time.Now()}
		requireWrites(t, now, now)
	})

	t.Run("times_in_UTC", func(t *testing.T) {
		for _, offset := range []int{0, -12 * 3600, 14 * 3600, 5*3600 + 1800, -1172} {
			e := Event{Time: at.In(time.FixedZone("", offset))}
			line := write(t, nil, e)
			require.Containsf(t, string(line), `Z"`, "a time is written in UTC, with a Z. This one is in a zone %d seconds from it: %s", offset, line)
			requireWrites(t, e, e)
		}
	})

	t.Run("times_of_all_years", func(t *testing.T) {
		for _, e := range []Event{{}, {Time: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}, {Time: time.Date(999, 1, 1, 0, 0, 0, 0, time.UTC)}, {Time: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)}} {
			requireWrites(t, e, e)
		}
	})

	t.Run("numbers", func(t *testing.T) {
		for _, n := range []int64{0, 1, -1, 1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64} {
			requireWrites(t, Event{at, "anna", "paid", n}, Event{at, "anna", "paid", n})
		}
	})

	t.Run("keeps_what_dst_has", func(t *testing.T) {
		e := Event{at, "anna", `paid "by card"`, -5}
		for _, has := range []string{"", "#", `{"time":"an earlier line"}` + "\n"} {
			for _, room := range []int{0, 10, 1000} {
				got := write(t, append(make([]byte, 0, len(has)+room), has...), e)
				require.Truef(t, bytes.HasPrefix(got, []byte(has)), "dst has %q, and room for %d bytes more. The result must begin with what dst has: %q", has, room, got)
				read, err := decode(got[len(has):])
				require.NoErrorf(t, err, "dst has %q, and room for %d bytes more. Behind it in the result: %q", has, room, got[len(has):])
				requireSame(t, e, read, fmt.Sprintf("dst has %q, and room for %d bytes more. The event behind it", has, room))
			}
		}
	})
}

func TestString(t *testing.T) {
	t.Run("stays_as_it_was", func(t *testing.T) {
		got := guard.Call(t, func() string { return Event{at, "an\"na", "two\nlines", -5}.String() })
		require.Equal(t, `2026-02-28 19:34:05: "an\"na", -5 cents, "two\nlines"`, got, "others rely on String, which is not on the hot path")
	})
}
