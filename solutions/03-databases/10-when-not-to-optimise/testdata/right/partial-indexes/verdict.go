// Right: maps instead of structs; the tree is made flat first.

package whennottooptimise

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type step map[string]any

func (s step) number(key string) float64 {
	n, _ := s[key].(float64)
	return n
}

func (s step) text(key string) string {
	text, _ := s[key].(string)
	return text
}

func (s step) isScan() bool {
	return strings.HasSuffix(s.text("Node Type"), "Scan") && s.text("Relation Name") != ""
}

func (s step) read() float64 {
	perLoop := s.number("Actual Rows") + s.number("Rows Removed by Filter") + s.number("Rows Removed by Index Recheck")
	return perLoop * s.number("Actual Loops")
}

func flatten(s step) []step {
	all := []step{s}
	children, _ := s["Plans"].([]any)
	for _, c := range children {
		if child, ok := c.(map[string]any); ok {
			all = append(all, flatten(child)...)
		}
	}
	return all
}

// Advice is what a plan suffers from.
type Advice string

const (
	Fine         Advice = "Fine"         // nothing: leave it alone
	StaleStats   Advice = "StaleStats"   // the planner knows too little of a table: ANALYZE
	LoopBlowup   Advice = "LoopBlowup"   // the same scan runs again and again
	MissingIndex Advice = "MissingIndex" // a whole table is read for a few rows
	SortSpill    Advice = "SortSpill"    // a sort did not fit into memory
	TooManyRows  Advice = "TooManyRows"  // more rows are returned than anybody reads
)

// Verdict says what a plan suffers from.
func Verdict(plan []byte) (Advice, error) {
	var explained []map[string]any
	if err := json.Unmarshal(plan, &explained); err != nil {
		return "", fmt.Errorf("decode explain output: %w", err)
	}
	if len(explained) != 1 {
		return "", fmt.Errorf("decode explain output: %d plans", len(explained))
	}
	top, ok := explained[0]["Plan"].(map[string]any)
	if !ok {
		return "", fmt.Errorf("decode explain output: no plan")
	}
	if _, analyzed := top["Actual Rows"]; !analyzed {
		return "", fmt.Errorf("decode explain output: not analyzed")
	}
	steps := flatten(top)
	switch {
	case slices.ContainsFunc(steps, func(s step) bool { return s.isScan() && s.number("Actual Rows")/100 >= s.number("Plan Rows") }):
		return StaleStats, nil
	case slices.ContainsFunc(steps, func(s step) bool {
		return s.isScan() && s.number("Actual Loops") >= 100 && s.read() >= 1e5
	}):
		return LoopBlowup, nil
	case slices.ContainsFunc(steps, func(s step) bool {
		return s.text("Node Type") == "Seq Scan" && s.read() >= 1e4 && s.number("Actual Rows")*s.number("Actual Loops")*100 <= s.read()
	}):
		return MissingIndex, nil
	case slices.ContainsFunc(steps, func(s step) bool { return s.text("Node Type") == "Sort" && s.text("Sort Space Type") == "Disk" }):
		return SortSpill, nil
	case step(top).number("Actual Rows") >= 1e4:
		return TooManyRows, nil
	}
	return Fine, nil
}
