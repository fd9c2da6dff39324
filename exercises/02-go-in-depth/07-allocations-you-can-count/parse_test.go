package eventlog_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	eventlog "workbook/exercises/02-go-in-depth/07-allocations-you-can-count"
	"workbook/exercises/internal/guard"
)

// parse calls ParseEvent. A panic or a hang fails this test alone.
func parse(t *testing.T, line string) (Event, error) {
	t.Helper()
	return guard.Call2(t, func() (Event, error) { return eventlog.ParseEvent([]byte(line)) })
}

// requireReads requires that ParseEvent reads want in the line.
func requireReads(t *testing.T, want Event, line string) {
	t.Helper()
	got, err := parse(t, line)
	require.NoErrorf(t, err, "ParseEvent of %.400q", line)
	requireSame(t, want, got, fmt.Sprintf("ParseEvent of %.400q", line))
}

// fields are those of a line, in order; sample is the event.
var (
	fields = []string{`"time":"2026-02-28T19:34:05.123456789Z"`, `"user":"anna"`, `"note":"two\nlines, \"3\""`, `"cents":-105`}
	sample = Event{at.Add(123456789), "anna", "two\nlines, \"3\"", -105}
)

func object(fields ...string) string { return "{" + strings.Join(fields, ",") + "}" }

// with is the sample's line with another value for one key.
func with(key, value string) string {
	line := slices.Clone(fields)
	for i := range line {
		if strings.HasPrefix(line[i], `"`+key+`"`) {
			line[i] = fmt.Sprintf("%q:%s", key, value)
		}
	}
	return object(line...)
}

func TestParse(t *testing.T) {
	for name, list := range texts(t) {
		t.Run("what_AppendEvent_wrote/"+name, func(t *testing.T) {
			for i, s := range list {
				line := write(t, nil, Event{at, s, s + "!", int64(i)})
				requireReads(t, Event{at, clean(s), clean(s + "!"), int64(i)}, string(line))
			}
		})
	}

	t.Run("keys_in_any_order", func(t *testing.T) {
		for a := range 4 {
			for b := range 4 {
				for c := range 4 {
					if a != b && a != c && b != c {
						requireReads(t, sample, object(fields[a], fields[b], fields[c], fields[6-a-b-c]))
					}
				}
			}
		}
	})

	t.Run("white_space", func(t *testing.T) {
		parts := []string{"", "{", `"time"`, ":", `"2026-02-28T19:34:05.123456789Z"`, ",", `"user"`, ":", `"anna"`, ",", `"note"`, ":", `"two\nlines, \"3\""`, ",", `"cents"`, ":", "-105", "}", ""}
		for _, space := range []string{" ", "\t", "\n", "\r\n", " \t\n\r "} {
			requireReads(t, sample, strings.Join(parts, space))
		}
	})

	t.Run("escapes", func(t *testing.T) {
		for raw, text := range map[string]string{
			`\"\\\/\b\f\n\r\t`: "\"\\/\b\f\n\r\t", `\u0041\u00e9\u20AC\u20ac`: "Aé€€", `\u0000\u001f\u2028\uffff`: "\x00\x1f\u2028\uffff",
			`\ud83d\ude00 \uD83D\uDE00`: "😀 😀", `\\u0041`: `\u0041`, `a\\`: `a\`, `\\\"`: `\"`, `</&>`: "</&>", "\u2028 \x7f": "\u2028 \x7f",
		} {
			requireReads(t, Event{sample.Time, text, sample.Note, -105}, with("user", `"`+raw+`"`))
			requireReads(t, Event{sample.Time, "anna", "x" + text, -105}, with("note", `"x`+raw+`"`))
		}
	})

	t.Run("times_of_all_zones", func(t *testing.T) {
		for _, s := range []string{"2026-03-01T01:04:05.123456789+05:30", "2026-02-28T12:04:05.123456789-07:30", "2026-02-28T19:34:05.123456789+00:00"} {
			requireReads(t, sample, with("time", `"`+s+`"`))
		}
	})

	t.Run("whole_numbers", func(t *testing.T) {
		for _, n := range []int64{0, 1, -1, 1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64} {
			requireReads(t, Event{sample.Time, "anna", sample.Note, n}, with("cents", strconv.FormatInt(n, 10)))
		}
	})

	t.Run("half_of_a_pair", func(t *testing.T) {
		several := regexp.MustCompile("\ufffd+") // how many they are is open
		for raw, text := range map[string]string{
			`\ud83d`: "\ufffd", `\ude00`: "\ufffd", `\ud83d\ud83d`: "\ufffd", `\ud83dx`: "\ufffdx", `\ud83d\n`: "\ufffd\n", `\ud83d\u0041`: "\ufffdA", `\ud83d\ud83d\ude00`: "\ufffd😀", "\xff": "\ufffd", "\xe2\x82": "\ufffd",
		} {
			if got, err := parse(t, with("user", `"<`+raw+`>"`)); err == nil {
				require.Equalf(t, "<"+text+">", several.ReplaceAllString(got.User, "\ufffd"), "%q in a text is no letter: it is refused, or read as U+FFFD. What stands around it is read as always. The user is", raw)
				requireSame(t, sample, Event{got.Time, "anna", got.Note, got.Cents}, fmt.Sprintf("all but the user, where the user is %q", raw))
			}
		}
	})

	line := object(fields...)
	bad := map[string][]string{
		"what_goes_on_behind_the_object": {line + "x", line + "}", line + "{}", line + ",", line + "\x00", line + line, line + " 1", line + "\n" + line},
		"what_is_no_object":              {"", " ", "null", "7", `"x"`, "[]", "[" + line + "]", "\ufeff" + line, "\v" + line, line + "\u00a0", "x" + line},
		"unknown_keys":                   {object(append(fields, `"id":1`)...), object(append(fields, `"":""`)...), object(append(fields, `"User":"x"`)...), strings.Replace(line, "user", "User", 1), strings.Replace(line, "user", "name", 1)},
	}
	for i := range line {
		bad["what_is_cut_short"] = append(bad["what_is_cut_short"], line[:i])
	}
	for i, field := range fields {
		bad["a_key_that_is_missing"] = append(bad["a_key_that_is_missing"], object(slices.Delete(slices.Clone(fields), i, i+1)...))
		bad["a_key_that_is_there_twice"] = append(bad["a_key_that_is_there_twice"], object(append(slices.Clone(fields), field)...), object(append(slices.Delete(slices.Clone(fields), i, i+1), fields[(i+1)%4])...))
	}
	for where, values := range map[string]string{
		"values_of_another_type/time":  "null true 7 {} [] [\"2026-02-28T19:34:05Z\"]",
		"values_of_another_type/user":  "null false 7 {} [] [\"anna\"] anna",
		"values_of_another_type/note":  "null true -7 {\"note\":\"x\"} [] [\"x\"]",
		"values_of_another_type/cents": `null true "7" "" {} [] [7]`,
		"numbers/cents":                "1.5 1.0 1e2 01 -01 - -- --1 +1 .5 1. 0x10 1_000 1-1 NaN 9223372036854775808 -9223372036854775809 99999999999999999999",
		"escapes/user":                 `"\x41" "\'" "\u12" "\u12G4" "\u+123" "\u-123" "\U0041" "\0" "\" 'anna' "an"na" "a\\"b"`,
		"control_characters/note":      "\"\n\"|\"a\tb\"|\"\x00\"|\"\x1f\"|\"\\\n\"",
		"times/time":                   `"" "yesterday" "2026-02-28" "2026-02-30T00:00:00Z" "2026-02-28T25:00:00Z" "2026-02-28T19:34:05" "1772307245"`,
	} {
		key := where[strings.LastIndex(where, "/")+1:]
		name := strings.TrimSuffix(where, "/"+key)
		separator := map[bool]string{true: "|", false: " "}[name == "control_characters"]
		for _, value := range strings.Split(values, separator) {
			bad[name] = append(bad[name], with(key, value))
		}
	}
	for name, lines := range bad {
		t.Run("refuses/"+name, func(t *testing.T) {
			for _, line := range lines {
				got, err := parse(t, line)
				require.Errorf(t, err, "a line is refused unless it is one JSON object with the four keys, each once, and their values. ParseEvent of %q gives %+v", line, got)
			}
		})
	}

	t.Run("any_byte_changed", func(t *testing.T) {
		begin := strings.Index(line, `"user"`) // what lies before it has a form of its own
		for i := begin; i < len(line); i++ {
			changed := []string{line[:i] + line[i+1:], line[:i] + line[i:i+1] + line[i:]}
			for _, c := range " \t\n{}[],:\"\\/0.-eEu\x00x" {
				changed = append(changed, line[:i]+string(c)+line[i+1:], line[:i]+string(c)+line[i:])
			}
			for _, changed := range changed {
				want, wrong := decode([]byte(changed))
				if wrong == nil {
					requireReads(t, want, changed)
					continue
				}
				got, err := parse(t, changed)
				require.Errorf(t, err, "encoding/json says of this line: %v. ParseEvent of %q gives %+v", wrong, changed, got)
			}
		}
	})

	t.Run("leaves_the_line_as_it_is", func(t *testing.T) {
		for _, s := range []string{line, with("user", `"\u0041\n\ud83d\ude00 tail"`), " { " + line[1:], line[:50]} {
			given := []byte(s)
			guard.Call2(t, func() (Event, error) { return eventlog.ParseEvent(given) })
			require.Equal(t, s, string(given), "the line is the caller's, and only read. After ParseEvent")
		}
	})
}
