// Right: an iterator over the nodes, and one pass that remembers what it has seen.

package whennottooptimise

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
)

type operation struct {
	Kind  string      `json:"Node Type"`
	Table string      `json:"Relation Name"`
	Guess float64     `json:"Plan Rows"`
	Out   float64     `json:"Actual Rows"`
	Runs  *float64    `json:"Actual Loops"`
	Drop1 float64     `json:"Rows Removed by Filter"`
	Drop2 float64     `json:"Rows Removed by Index Recheck"`
	Space string      `json:"Sort Space Type"`
	Below []operation `json:"Plans"`
}

func (o operation) all() iter.Seq[operation] {
	return func(yield func(operation) bool) { o.walk(yield) }
}

func (o operation) walk(yield func(operation) bool) bool {
	for _, b := range o.Below {
		if !b.walk(yield) {
			return false
		}
	}
	return yield(o)
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
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(plan, &list); err != nil {
		return Fine, err
	}
	var top operation
	if len(list) == 0 {
		return Fine, errors.New("no plan")
	}
	if err := json.Unmarshal(list[0]["Plan"], &top); err != nil {
		return Fine, err
	}
	if top.Runs == nil {
		return Fine, errors.New("not run")
	}
	var stale, loops, index, sort bool
	for o := range top.all() {
		runs := *o.Runs
		kept, read := o.Out*runs, (o.Out+o.Drop1+o.Drop2)*runs
		if o.Table != "" && strings.HasSuffix(o.Kind, "Scan") {
			stale = stale || o.Out >= 100*o.Guess
			loops = loops || runs >= 100 && read >= 100000
			index = index || o.Kind == "Seq Scan" && read >= 10000 && kept*100 <= read
		}
		sort = sort || o.Kind == "Sort" && o.Space == "Disk"
	}
	switch {
	case stale:
		return StaleStats, nil
	case loops:
		return LoopBlowup, nil
	case index:
		return MissingIndex, nil
	case sort:
		return SortSpill, nil
	case top.Out >= 10000:
		return TooManyRows, nil
	default:
		return Fine, nil
	}
}
