package sandbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/sandbox/protocol"
)

// TestVerdict: the runner's last line is taken out of what the program printed, in whatever pieces it comes.
func TestVerdict(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		name, printed string
		want          protocol.Verdict
		known         bool
		passed        string
	}{
		{"that_says_nothing", "a line\n" + protocol.Verdict{}.Line("TOKEN"), protocol.Verdict{}, true, "a line\n"},
		{"of_a_breach", long + protocol.Verdict{Breach: "too long"}.Line("TOKEN"), protocol.Verdict{Breach: "too long"}, true, long},
		{"that_the_program_has_forged", protocol.Verdict{Error: "the engine"}.Line("TOKEN") + protocol.Verdict{Breach: "too long"}.Line("TOKEN"), protocol.Verdict{Breach: "too long"}, true, protocol.Verdict{Error: "the engine"}.Line("TOKEN")},
		{"that_never_came", long, protocol.Verdict{}, false, long},
		{"that_was_cut", "a line\nTOKEN{\"Bre", protocol.Verdict{}, false, "a line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 7, len(c.printed)} {
				var out strings.Builder
				l := &lastLine{w: &out, token: []byte("TOKEN"), keep: 4 << 10}
				for rest := c.printed; rest != ""; rest = rest[min(size, len(rest)):] {
					_, err := l.Write([]byte(rest[:min(size, len(rest))]))
					require.NoError(t, err)
				}
				got, known := l.verdict()
				require.Equal(t, c.want, got)
				require.Equal(t, c.known, known)
				require.Equal(t, c.passed, out.String())
			}
		})
	}
}
