package proof

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

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
