package rowset_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/rowset"
)

// seeds runs a test on random data, the same in every run.
func seeds(t *testing.T, n int, f func(t *testing.T, r *rand.Rand)) {
	for seed := range n {
		f(t, rand.New(rand.NewPCG(uint64(seed), 1)))
		if t.Failed() {
			t.Fatalf("that was seed %d", seed)
		}
	}
}

var alphabet = []string{"a", "b", " ", "\u00a0", "é", "e\u0301", "\u0435", "…", `\`, `"`, ", ", "1", "\x00", "\xff", "\u0301", "{", "NULL", "日"}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(strings.Repeat(alphabet[r.IntN(len(alphabet))], 1+r.IntN(2)*r.IntN(30)))
	}
	return b.String()
}

// randomValue is made of such types that reflect.DeepEqual says what is equal.
func randomValue(r *rand.Rand, depth int) any {
	switch r.IntN(8 - min(depth, 2)*2) {
	case 0:
		return nil
	case 1:
		return int64(r.IntN(30) - 10)
	case 2:
		return r.IntN(2) == 0
	case 3, 4:
		return randomText(r)
	case 5:
		return [16]byte{byte(r.IntN(3))}
	case 6:
		list := []any{}
		for range r.IntN(3) {
			list = append(list, randomValue(r, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range r.IntN(3) {
		object[randomText(r)] = randomValue(r, depth+1)
	}
	return object
}

// almost is a value with at most one character changed, moved, added or taken away.
func almost(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case string:
		runes := []rune(v)
		i := r.IntN(len(runes) + 1)
		j := min(i+r.IntN(2), len(runes))
		return string(runes[:i]) + alphabet[r.IntN(len(alphabet))] + string(runes[j:])
	case []any:
		out := slices.Clone(v)
		if len(out) == 0 {
			return []any{nil}
		}
		i := r.IntN(len(out))
		out[i] = almost(r, out[i])
		return out
	}
	return randomValue(r, 0)
}

// TestRandomValues: values are equal when reflect.DeepEqual says so, and values
// that differ are shown differently, however short they are cut.
func TestRandomValues(t *testing.T) {
	seeds(t, 2000, func(t *testing.T, r *rand.Rand) {
		a := randomValue(r, 0)
		b := almost(r, a)
		keyA, shownA, err := rowset.Read(a)
		require.NoError(t, err)
		keyB, shownB, err := rowset.Read(b)
		require.NoError(t, err)
		same := reflect.DeepEqual(a, b)
		assert.Equal(t, same, keyA == keyB, "%q and %q", a, b)
		assert.Equal(t, same, shownA == shownB, "%q and %q", a, b)
		width := 14 + r.IntN(30)
		x, y := rowset.Present(shownA, shownB, width)
		assert.Equal(t, same, x == y, "%q and %q, shown as %s and %s", a, b, x, y)
		assert.LessOrEqual(t, utf8.RuneCountInString(x), width, x)
		assert.LessOrEqual(t, utf8.RuneCountInString(y), width, y)
		_, c, _ := rowset.Read(almost(r, b))
		texts := []string{shownA, shownB, c, shownA}
		for i, short := range rowset.PresentAll(texts, width) {
			for j, other := range rowset.PresentAll(texts, width) {
				assert.Equal(t, texts[i] == texts[j], short == other, "%s and %s are shown as %s and %s", texts[i], texts[j], short, other)
			}
		}
	})
}
