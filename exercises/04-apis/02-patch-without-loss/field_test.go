package patchwithoutloss_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	patchwithoutloss "workbook/exercises/04-apis/02-patch-without-loss"
	"workbook/exercises/internal/guard"
)

// fields is what somebody would decode a request into.
type fields struct {
	Text   patchwithoutloss.Field[string]             `json:"text"`
	Number patchwithoutloss.Field[int64]              `json:"number"`
	Map    patchwithoutloss.Field[map[string]*string] `json:"map"`
	Inner  struct {
		List patchwithoutloss.Field[[]bool] `json:"list"`
	} `json:"inner"`
}

func decode(t *testing.T, body string) (got fields, err error) {
	t.Helper()
	guard.Run(t, func() { err = json.Unmarshal([]byte(body), &got) })
	return got, err
}

func TestField(t *testing.T) {
	is := func(t *testing.T, body string, set, null bool, change func(want *fields)) {
		t.Helper()
		var want fields
		want.Text.Set, want.Number.Set, want.Map.Set, want.Inner.List.Set = set, set, set, set
		want.Text.Null, want.Number.Null, want.Map.Null, want.Inner.List.Null = null, null, null, null
		change(&want)
		got, err := decode(t, body)
		require.NoErrorf(t, err, "%s is decoded into a struct of Fields", body)
		require.Equalf(t, want, got, "What the Fields hold when %s is decoded into them.", body)
	}

	t.Run("of_a_member_that_is_missing", func(t *testing.T) {
		is(t, `{"other": null, "inner": {}}`, false, false, func(*fields) {})
	})

	t.Run("of_null", func(t *testing.T) {
		is(t, `{"text": null, "number" : null , "map":null, "inner": {"list": null}}`, true, true, func(*fields) {})
	})

	t.Run("of_a_value", func(t *testing.T) {
		is(t, `{"text": "null", "number": 9007199254740993, "map": {"x": null, "y": "a"}, "inner": {"list": [true]}}`, true, false, func(want *fields) {
			want.Text.Value, want.Number.Value, want.Inner.List.Value = "null", 9007199254740993, []bool{true}
			want.Map.Value = map[string]*string{"x": nil, "y": new("a")}
		})
	})

	t.Run("of_a_value_that_is_zero", func(t *testing.T) {
		is(t, `{"text": "", "number": 0, "map": {}, "inner": {"list": []}}`, true, false, func(want *fields) {
			want.Map.Value, want.Inner.List.Value = map[string]*string{}, []bool{}
		})
	})

	t.Run("of_another_type", func(t *testing.T) {
		for _, body := range []string{`{"text": 1}`, `{"text": ["a"]}`, `{"number": "1"}`, `{"number": 1.5}`, `{"map": "a"}`, `{"map": {"x": 1}}`, `{"inner": {"list": [0]}}`} {
			_, err := decode(t, body)
			require.Errorf(t, err, "The value in %s is not of the Field's type.", body)
		}
	})
}
