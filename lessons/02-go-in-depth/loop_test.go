package indepth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"workbook/exercises"
)

// A domain was proved to belong to somebody, some time ago.
type domain struct {
	name   string
	proved time.Duration
}

// snippet: due
// due returns the domains whose proof is too old.
func due(domains []domain) []*domain {
	var old []*domain
	for _, d := range domains {
		if d.proved > 8*time.Hour {
			old = append(old, &d)
		}
	}
	return old
}

// end snippet

func TestOneVariableOrMany(t *testing.T) {
	domains := []domain{{"shop.example", 20 * time.Hour}, {"blog.example", 30 * time.Hour}, {"mail.example", 9 * time.Hour}}
	var text strings.Builder
	for _, rules := range []struct {
		name string
		due  func([]domain) []*domain
	}{{"before Go 1.22", dueBefore122}, {"since Go 1.22 ", due}} {
		fmt.Fprintf(&text, "%s   checked again:", rules.name)
		for _, d := range rules.due(domains) {
			fmt.Fprintf(&text, " %s", d.name)
		}
		text.WriteString("\n")
	}
	exercises.Golden(t, "loop", text.String())
}
