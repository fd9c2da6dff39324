package seed_test

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/seed"
)

func TestNew(t *testing.T) {
	sorts := func(sort func([]int64) []int64) kittest.Program {
		return func(t testing.TB) {
			r := seed.New(t)
			var in []int64
			for range 50 {
				in = append(in, r.Between(1, 100000))
			}
			if !slices.IsSorted(sort(in)) {
				t.Error("numbers come in ascending order; these do not")
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"sorts_numbers_as_text": sorts(func(n []int64) []int64 {
				slices.SortFunc(n, func(a, b int64) int { return cmp.Compare(strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)) })
				return n
			}),
			"does_not_sort": sorts(func(n []int64) []int64 { return n }),
		},
		Right: map[string]kittest.Program{
			"sorts": sorts(func(n []int64) []int64 { slices.Sort(n); return n }),
			"inserts": sorts(func(n []int64) (out []int64) {
				for _, x := range n {
					at, _ := slices.BinarySearch(out, x)
					out = slices.Insert(out, at, x)
				}
				return out
			}),
		},
	})
}

// again runs one test of this binary that prints its data and fails.
func again(t *testing.T, test string, env ...string) (data, printed string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run="+test)
	cmd.Env = append(os.Environ(), append(env, "SEED_PLAYED=1")...)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(string(out))
		require.NotNil(t, m, string(out))
		return m[1]
	}
	return find(`data: (.*)`), find(seed.Variable + `=(\d+)`)
}

func TestTheSeedGivesTheSameDataAgain(t *testing.T) {
	data, printed := again(t, "^TestPlayed$/^one$")
	assert.Regexp(t, `^WORKBOOK_SEED=\d+$`, seed.Setting(t))
	same, _ := again(t, "^TestPlayed$/^one$", seed.Variable+"="+printed)
	assert.Equal(t, data, same)
	among, _ := again(t, "^TestPlayed$/(one|other)", seed.Variable+"="+printed)
	assert.Equal(t, data, among, "whichever other tests run")
	other, _ := again(t, "^TestPlayed$/^other$", seed.Variable+"="+printed)
	assert.NotEqual(t, data, other, "each test has data of its own")
	next, _ := again(t, "^TestPlayed$/^one$")
	assert.NotEqual(t, data, next, "without the seed it is other data")
}

func TestPlayed(t *testing.T) {
	if os.Getenv("SEED_PLAYED") == "" {
		return // only there to be run by other tests
	}
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			r := seed.New(t)
			require.Equal(t, r.Uint64(), seed.New(t).Uint64(), "it begins anew")
			t.Errorf("data: %d %s %s %q", r.Uint64(), r.Name(), r.Email(), r.Awkward())
		})
	}
}

func TestABadSeed(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestPlayed$/^one$")
	cmd.Env = append(os.Environ(), "SEED_PLAYED=1", seed.Variable+"=abc")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "WORKBOOK_SEED=abc is no seed: give the number that a failed test has printed")
}

func TestRand(t *testing.T) {
	r := seed.New(t)
	low, high := false, false
	for range 1000 {
		n := r.Between(-1, 1)
		require.True(t, n >= -1 && n <= 1)
		low, high = low || n == -1, high || n == 1
	}
	assert.True(t, low && high, "both ends are reached")

	from := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 1000 {
		at := r.Time(from, from.Add(time.Second))
		require.False(t, at.Before(from) || !at.Before(from.Add(time.Second)))
		require.Zero(t, at.Nanosecond()%1000)
	}

	in := []int{1, 2, 3, 4, 5}
	out := seed.Shuffled(r, in)
	assert.Equal(t, []int{1, 2, 3, 4, 5}, in, "the list itself stays as it was")
	assert.ElementsMatch(t, in, out)
	assert.Len(t, seed.Sample(r, in, 3), 3)

	assert.NotEqual(t, r.Canary(), r.Canary())
	for _, text := range r.AllAwkward() {
		assert.True(t, utf8.ValidString(text) && !strings.Contains(text, "\x00"), "%q can be stored", text)
	}
}
