// Right: the rules as functions of the whole tree, in their order.

package whennottooptimise

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Explained is a node as EXPLAIN prints it.
type Explained struct {
	NodeType   string      `json:"Node Type"`
	Relation   string      `json:"Relation Name"`
	PlanRows   float32     `json:"Plan Rows"`
	Rows       *float64    `json:"Actual Rows"`
	Loops      float64     `json:"Actual Loops"`
	Removed    float64     `json:"Rows Removed by Filter"`
	RemovedToo float64     `json:"Rows Removed by Index Recheck"`
	SortType   string      `json:"Sort Space Type"`
	Plans      []Explained `json:"Plans"`
}

func anyNode(n *Explained, is func(*Explained) bool) bool {
	found := is(n)
	for i := range n.Plans {
		found = found || anyNode(&n.Plans[i], is)
	}
	return found
}

func isTableScan(n *Explained) bool { return n.Relation != "" && strings.HasSuffix(n.NodeType, "Scan") }

func isStale(n *Explained) bool { return isTableScan(n) && *n.Rows/float64(n.PlanRows) >= 100 }

func isBlowup(n *Explained) bool {
	return isTableScan(n) && n.Loops >= 100 && n.Loops**n.Rows+n.Loops*n.Removed+n.Loops*n.RemovedToo >= 100_000
}

func isWaste(n *Explained) bool {
	read := n.Loops * (*n.Rows + n.Removed + n.RemovedToo)
	return n.NodeType == "Seq Scan" && read >= 10_000 && (n.Loops**n.Rows)*100 <= read
}

func isSpill(n *Explained) bool { return n.NodeType == "Sort" && n.SortType == "Disk" }

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
	var plans []struct{ Plan *Explained }
	err := json.Unmarshal(plan, &plans)
	if err == nil && (len(plans) == 0 || plans[0].Plan == nil || plans[0].Plan.Rows == nil) {
		err = fmt.Errorf("not the output of EXPLAIN (ANALYZE, FORMAT JSON)")
	}
	if err != nil {
		return "", fmt.Errorf("verdict: %w", err)
	}
	top := plans[0].Plan
	switch {
	case anyNode(top, isStale):
		return StaleStats, nil
	case anyNode(top, isBlowup):
		return LoopBlowup, nil
	case anyNode(top, isWaste):
		return MissingIndex, nil
	case anyNode(top, isSpill):
		return SortSpill, nil
	case *top.Rows >= 10_000:
		return TooManyRows, nil
	}
	return Fine, nil
}
