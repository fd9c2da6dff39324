// Package whennottooptimise says what a recorded plan suffers from. Which indexes a table can do without is in drop.sql.
package whennottooptimise

import "errors"

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

// Verdict says what a plan suffers from, by the rules in README.md.
//
// plan is what EXPLAIN (ANALYZE, FORMAT JSON) prints, with whichever further
// options: a list of one object, whose "Plan" is the node at the top. The
// folder plans has examples. Numbers may have a fraction.
//
// An error says that plan is no such thing: it is not one valid JSON value, it
// has no plan, or its nodes were planned and not run (EXPLAIN without ANALYZE).
func Verdict(plan []byte) (Advice, error) {
	// TODO
	return "", errors.New("Verdict is not written")
}
