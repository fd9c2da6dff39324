package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/course"
	"workbook/checker/internal/variant"
)

func TestInRound(t *testing.T) {
	for rounds := 1; rounds <= 40; rounds++ {
		for n := 0; n <= rounds; n++ {
			f := &folder{}
			for i := range n {
				f.variants = append(f.variants, variant.Variant{Name: fmt.Sprint(i)})
			}
			var had []variant.Variant
			idle, longest := 0, 0
			for i := range rounds {
				v := f.inRound(i, rounds)
				if v == nil {
					idle++
				} else {
					had, idle = append(had, *v), 0
				}
				longest = max(longest, idle)
			}
			require.Equal(t, f.variants, had, "%d variants in %d rounds: each has one turn, in order", n, rounds)
			if n > 0 {
				require.LessOrEqual(t, longest, rounds/n, "%d variants in %d rounds are spread evenly", n, rounds)
			}
		}
	}
}

func TestTestsInSolutions(t *testing.T) {
	root := t.TempDir()
	write := func(name string) string {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte("package x\n"), 0o666))
		return name
	}
	for name, stray := range map[string]bool{
		"solutions/01-a/01-x/mine_test.go":                     false,
		"solutions/01-a/01-x/testdata/stub/mine_test.go":       false,
		"solutions/01-a/01-x/testdata/wrong/one/mine_test.go":  false,
		"solutions/01-a/01-x/testdata/right/one/mine_test.go":  false,
		"solutions/01-a/01-x/other_test.go":                    true,
		"solutions/01-a/01-x/testdata/wrong/one/other_test.go": true,
		"solutions/01-a/01-x/testdata/mine_test.go":            true,
	} {
		f := &folder{course: &course.Course{Root: root}, id: "a/x", exercise: &course.Exercise{Solution: "solutions/01-a/01-x", Edit: []string{"mine_test.go"}}}
		require.NoError(t, f.lookAt(write(name)))
		if stray {
			require.Equal(t, []Finding{{"a/x", "stray test " + name + ": tests live with the exercise"}}, f.findings)
		} else {
			require.Empty(t, f.findings, name)
		}
	}
}
