package rowset_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/rowset"
)

type (
	cents   int64
	status  string
	flag    bool
	raw     []byte
	instant time.Time
	money   struct{ pgtype.Numeric }
	onlyPtr struct{ n int }
)

func (o *onlyPtr) Value() (driver.Value, error) { return int64(o.n), nil }

func numeric(t testing.TB, text string) (n pgtype.Numeric) {
	t.Helper()
	require.NoError(t, n.Scan(text))
	return n
}

// at is one instant, in two zones.
var (
	at   = time.Date(2024, 3, 31, 23, 30, 0, 5000, time.UTC)
	here = at.In(time.FixedZone("IST", 5*3600+1800))
	day  = time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC)
)

// TestValues has a group for each value: what stands in one group is equal, and
// differs from all that stands in another one.
func TestValues(t *testing.T) {
	one, empty, id := int64(1), "", [16]byte{15: 1}
	groups := [][]any{
		{nil, (*int)(nil), (**string)(nil), sql.NullString{}, sql.Null[int]{}, pgtype.Text{}, pgtype.Numeric{}, pgtype.UUID{},
			pgtype.Timestamptz{}, pgtype.Interval{}, []byte(nil), json.RawMessage(nil), (*big.Int)(nil), (*time.Time)(nil)},
		{json.RawMessage("null")},
		{0, 0.0, math.Copysign(0, -1), int8(0), uint64(0), cents(0), numeric(t, "0.00"), sql.NullInt64{Valid: true}, json.RawMessage("0e5")},
		{1, int32(1), uint8(1), 1.0, float32(1), cents(1), &one, numeric(t, "1"), new(numeric(t, "1.00")), money{numeric(t, "1.0")}, &money{numeric(t, "1.0")}, &onlyPtr{1}, big.NewInt(1), *big.NewInt(1),
			json.Number("1.0"), json.RawMessage("10e-1"), sql.Null[int16]{V: 1, Valid: true}, pgtype.Int4{Int32: 1, Valid: true}, pgtype.Float8{Float64: 1, Valid: true}},
		{"1", status("1"), sql.NullString{String: "1", Valid: true}, json.RawMessage(`"1"`)},
		{"1.0"}, {true, flag(true), json.RawMessage("true"), pgtype.Bool{Bool: true, Valid: true}}, {"true"},
		{false}, {"", &empty}, {" "}, {"\u00a0"}, {"\x00"}, {"NULL"}, {"\u00e9"}, {"e\u0301"}, {"\xff"}, {"\\xff"}, {"\ufffd"},
		{-1, numeric(t, "-1")}, {10}, {100, 1e2, json.Number("+1E+2"), numeric(t, "100.0")}, {1e22, numeric(t, "10000000000000000000000")},
		{int64(9007199254740993), numeric(t, "9007199254740993"), json.RawMessage("9007199254740993")}, {float64(9007199254740992), int64(9007199254740992)},
		{uint64(math.MaxUint64)}, {0.1, float32(0.1), numeric(t, "0.1"), json.Number("1e-1")}, {math.Nextafter(0.1, 1)}, {0.30000000000000004}, {0.3},
		{1e-20, numeric(t, "0.00000000000000000001")}, {math.SmallestNonzeroFloat64}, {math.MaxFloat64},
		{math.NaN(), float32(math.NaN()), numeric(t, "NaN")}, {math.Inf(1), numeric(t, "Infinity")}, {math.Inf(-1), numeric(t, "-Infinity")},
		{"NaN"}, {"Infinity"},
		{at, here, &here, stamp{here}, &stamp{here}, instant(here), sql.NullTime{Time: here, Valid: true}, pgtype.Timestamptz{Time: here, Valid: true}, pgtype.Timestamp{Time: at, Valid: true}},
		{at.Add(1)}, {at.Add(-time.Microsecond)}, {at.Format(time.RFC3339Nano)}, {time.Time{}}, {at.Unix()},
		{day, pgtype.Date{Time: day, Valid: true}},
		{pgtype.Infinity, pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}, pgtype.Date{InfinityModifier: pgtype.Infinity, Valid: true}},
		{pgtype.NegativeInfinity}, {"infinity"},
		{36 * time.Hour, pgtype.Interval{Days: 1, Microseconds: 12 * 3600 * 1e6, Valid: true}, pgtype.Interval{Microseconds: 36 * 3600 * 1e6, Valid: true}},
		{36*time.Hour + 1}, {-36 * time.Hour}, {time.Duration(0), pgtype.Interval{Valid: true}}, {"36h0m0s"},
		{pgtype.Interval{Months: 1, Valid: true}, pgtype.Interval{Days: 30, Valid: true}, 720 * time.Hour},
		{pgtype.Interval{Months: math.MaxInt32, Days: math.MaxInt32, Microseconds: math.MaxInt64, Valid: true}}, {pgtype.Interval{Microseconds: math.MaxInt64, Valid: true}},
		{pgtype.Interval{Microseconds: math.MinInt64, Valid: true}}, {pgtype.Time{Microseconds: 1, Valid: true}}, {pgtype.Time{Valid: true}},
		{id, pgtype.UUID{Bytes: id, Valid: true}}, {"00000000-0000-0000-0000-000000000001"}, {id[:]}, {[16]byte{14: 1}},
		{[]byte{}, raw{}}, {[]byte("abc"), raw("abc")}, {"abc"}, {"bytes \"abc\""}, {[]byte("\x00")}, {[]byte("ab\x00")}, {[]byte(`\x00`)},
		{[]int{}, []string(nil), []any{}, json.RawMessage("[]"), [0]int{}}, {"[]"},
		{[]int{1, 2}, []any{int8(1), 2.0}, [2]int{1, 2}, json.RawMessage("[1, 2.0]")}, {[]int{2, 1}}, {[]int{1, 2, 2}}, {[]any{[]int{1}, 2}}, {[]any{1, []int{2}}},
		{[]string{"1", "2"}}, {[]string{"1, 2"}}, {[]string{"1\", \"2"}}, {[]any{nil}, []*int{nil}, json.RawMessage("[null]")}, {[]string{""}}, {[]string{"NULL"}},
		{map[string]int{}, map[string]any(nil), struct{}{}, json.RawMessage("{}")}, {map[string]int{"a": 1}, struct {
			A int `db:"a"`
		}{1}, json.RawMessage(`{"a": 1}`)}, {struct{ A int }{1}}, {map[string]string{"a": "1"}}, {map[int]int{1: 2}}, {map[string]int{"1": 2}},
		{map[string]int{"a": 1, "b": 2}, json.RawMessage(`{"b": 2, "a": 1}`)}, {map[string]int{"a": 2, "b": 1}}, {map[string]string{"a": "1, \"b\": 2"}},
		{map[string]any{"a": nil}}, {map[string]any{"a": ""}},
		{visit{at, "a"}, &visit{here, "a"}}, {visit{at, "b"}}, {label{sql.NullString{}, 1}}, {label{sql.NullString{}, 2}},
		{[]string{"a", "b"}}, {[]string{"atext b"}}, {json.RawMessage("1 2"), []byte("1 2")},
		{json.RawMessage("{not json"), []byte("{not json")}, {netip.MustParseAddr("10.0.0.1")}, {netip.MustParsePrefix("10.0.0.1/32")}, {"10.0.0.1"},
	}
	for i, group := range groups {
		key, shown, err := rowset.Read(group[0])
		require.NoError(t, err, "%#v", group[0])
		for _, v := range group[1:] {
			k, _, err := rowset.Read(v)
			require.NoError(t, err, "%#v", v)
			assert.Equal(t, key, k, "%#v and %#v are equal", group[0], v)
		}
		for _, other := range groups[:i] {
			for _, v := range other {
				k, s, _ := rowset.Read(v)
				assert.NotEqual(t, k, key, "%#v and %#v differ", v, group[0])
				a, b := rowset.Present(s, shown, 10)
				assert.NotEqual(t, a, b, "%#v and %#v are shown differently", v, group[0])
			}
		}
	}
}

func TestShownAs(t *testing.T) {
	for _, c := range []struct {
		value any
		shown string
	}{
		{nil, `NULL`}, {json.RawMessage("null"), `JSON null`}, {"a \"b\" ü 日本", `"a \"b\" ü 日本"`}, {"a\tb\n", `"a\tb\n"`},
		{"a\u00a0b\u3000c\u200d", `"a\u00a0b\u3000c\u200d"`}, {"\u3164|\ufe0f|\u2800|\U000e0101", `"\u3164|\ufe0f|\u2800|\U000e0101"`}, {"\u0301e\u0301", "\"\\u0301e\u0301\""},
		{numeric(t, "30.00"), `30.00`}, {numeric(t, "12300"), `12300`}, {1e6, `1000000`}, {1e21, `1e+21`}, {1e-7, `0.0000001`}, {1e-8, `1e-08`}, {float32(0.1), `0.1`},
		{math.NaN(), `NaN`}, {math.Inf(-1), `-Infinity`}, {here, `2024-03-31T23:30:00.000005Z`}, {pgtype.NegativeInfinity, `-infinity`},
		{90 * time.Minute, `1h30m0s`}, {time.Duration(0), `0s`}, {pgtype.Interval{Months: 14, Days: -1, Microseconds: 1, Valid: true}, `14 months -1 days 1µs`},
		{pgtype.Interval{Months: 1, Days: 1, Valid: true}, `1 month 1 day`}, {pgtype.Interval{Microseconds: math.MaxInt64, Valid: true}, `9223372036854775807µs`},
		{pgtype.Time{Microseconds: 36e9 + 5e5, Valid: true}, `10:00:00.5`}, {[16]byte{1, 15: 255}, `01000000-0000-0000-0000-0000000000ff`},
		{[]byte("plain"), `bytes "plain"`}, {[]byte{0, 255}, `\x00ff`}, {[]byte("\""), `\x22`}, {[]any{1, "a", nil}, `[1, "a", NULL]`},
		{map[string]any{"b": 1, "a": []int(nil)}, `{"a": [], "b": 1}`}, {struct {
			ID   int
			Name *string
			no   int
		}{ID: 7}, `{"ID": 7, "Name": NULL}`}, {netip.MustParseAddr("::1"), `netip.Addr "::1"`},
	} {
		_, shown, err := rowset.Read(c.value)
		require.NoError(t, err)
		assert.Equal(t, c.shown, shown)
	}
}

func TestShortened(t *testing.T) {
	long := strings.Repeat("x", 50)
	assert.Equal(t, []string{"…xxabbb…", "…xxcbbb…", "zxxxxxx…", "short"},
		rowset.PresentAll([]string{long + "a" + strings.Repeat("b", 50), long + "c" + strings.Repeat("b", 50), "z" + long, "short"}, 8))
}

type loop struct{ Next *loop }

type refusing struct{}

func (refusing) Value() (driver.Value, error) { return nil, errors.New("not today") }

type sealed struct{ hidden int }

func TestWhatCannotBeCompared(t *testing.T) {
	ring := &loop{}
	ring.Next = ring
	for _, c := range []struct {
		value any
		says  string
	}{
		{func() {}, "a value of type func() cannot be compared"},
		{make(chan int), "a value of type chan int cannot be compared"},
		{1i, "a value of type complex128 cannot be compared"},
		{[]any{func() {}}, "a value of type func() cannot be compared"},
		{map[string]any{"f": func() {}}, "a value of type func() cannot be compared"},
		{sealed{1}, "rowset_test.sealed has no exported field to compare"},
		{ring, "too many values within values, or contains itself"},
		{refusing{}, "the Value method of rowset_test.refusing: not today"},
		{json.Number("one"), `"one" is not a number`},
		{json.Number("1e99999999999999999999"), `is not a number`},
	} {
		_, _, err := rowset.Read(c.value)
		assert.ErrorContains(t, err, c.says)
	}
}
