// Wrong: what cannot be read has nothing wrong with it.
//checker:fails TestVerdictRefuses/nothing
//checker:fails TestVerdictRefuses/half_a_plan
//checker:fails TestVerdictRefuses/a_plan_for_people
//checker:fails TestVerdictRefuses/two_values
//checker:fails TestVerdictRefuses/an_object
//checker:hint 6

// Package whennottooptimise says what a recorded plan suffers from. Which indexes a table can do without is in drop.sql.
package whennottooptimise

import (
	"encoding/json"
	"errors"
	"strings"
)

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

// node is a step of a plan. PostgreSQL prints rows as the average of a step's
// loops, from version 18 on with a fraction.
type node struct {
	Type      string   `json:"Node Type"`
	Relation  string   `json:"Relation Name"`
	Estimate  float64  `json:"Plan Rows"`
	Actual    *float64 `json:"Actual Rows"` // nil in a plan that did not run
	Loops     float64  `json:"Actual Loops"`
	Filtered  float64  `json:"Rows Removed by Filter"`
	Rechecked float64  `json:"Rows Removed by Index Recheck"`
	SortSpace string   `json:"Sort Space Type"`
	Plans     []node   `json:"Plans"`
}

// Verdict says what a plan suffers from, by the rules in README.md.
func Verdict(plan []byte) (Advice, error) {
	var list []struct{ Plan node }
	if err := json.Unmarshal(plan, &list); err != nil {
		return Fine, nil
	}
	if len(list) == 0 {
		return "", errors.New("read plan: the list is empty")
	}
	top := list[0].Plan
	if top.Actual == nil {
		return "", errors.New("read plan: it has no actual rows, so it was not run with ANALYZE")
	}
	for _, rule := range rules {
		if rule.some(top) {
			return rule.advice, nil
		}
	}
	if top.rows() >= 10_000 {
		return TooManyRows, nil
	}
	return Fine, nil
}

// rules are those that one node alone can meet. The whole tree is asked for
// the first one before any node is asked for the second.
var rules = []rule{
	{StaleStats, func(n node) bool { return n.scan() && n.rows() >= 100*n.Estimate }},
	{LoopBlowup, func(n node) bool { return n.scan() && n.Loops >= 100 && n.read() >= 100_000 }},
	{MissingIndex, func(n node) bool { return n.Type == "Seq Scan" && n.read() >= 10_000 && 100*n.kept() <= n.read() }},
	{SortSpill, func(n node) bool { return n.Type == "Sort" && n.SortSpace == "Disk" }},
}

type rule struct {
	advice Advice
	holds  func(node) bool
}

// some says whether the rule holds for a node or for any below it.
func (r rule) some(n node) bool {
	if r.holds(n) {
		return true
	}
	for _, below := range n.Plans {
		if r.some(below) {
			return true
		}
	}
	return false
}

// scan says whether the node reads a table, and not the result of another node.
func (n node) scan() bool { return n.Relation != "" && strings.HasSuffix(n.Type, "Scan") }

// rows is what came out of the node, in one loop.
func (n node) rows() float64 {
	if n.Actual == nil {
		return 0
	}
	return *n.Actual
}

// kept counts the rows that came out of the node, in all its loops.
func (n node) kept() float64 { return n.rows() * n.Loops }

// read counts the rows that the node looked at, in all its loops.
func (n node) read() float64 { return (n.rows() + n.Filtered + n.Rechecked) * n.Loops }
