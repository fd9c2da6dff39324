// Right: the worst of all nodes, by a rank; a decoder that insists on the end of its input; numbers as they were printed.

package whennottooptimise

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
)

var byRank = []Advice{StaleStats, LoopBlowup, MissingIndex, SortSpill, TooManyRows, Fine}

type planNode struct {
	NodeType     string      `json:"Node Type"`
	RelationName *string     `json:"Relation Name"`
	PlanRows     json.Number `json:"Plan Rows"`
	ActualRows   json.Number `json:"Actual Rows"`
	ActualLoops  json.Number `json:"Actual Loops"`
	ByFilter     json.Number `json:"Rows Removed by Filter"`
	ByRecheck    json.Number `json:"Rows Removed by Index Recheck"`
	SpaceType    string      `json:"Sort Space Type"`
	Plans        []*planNode
}

func rat(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func atLeast(a, b *big.Rat) bool { return a.Cmp(b) >= 0 }

func (n *planNode) rank() int {
	scan := n.RelationName != nil && strings.HasSuffix(n.NodeType, "Scan")
	rows, loops := rat(n.ActualRows), rat(n.ActualLoops)
	read := new(big.Rat).Add(rows, rat(n.ByFilter))
	read = times(read.Add(read, rat(n.ByRecheck)), loops)
	hundred := big.NewRat(100, 1)
	switch {
	case scan && atLeast(rows, times(hundred, rat(n.PlanRows))):
		return 0
	case scan && atLeast(loops, hundred) && atLeast(read, big.NewRat(100_000, 1)):
		return 1
	case n.NodeType == "Seq Scan" && atLeast(read, big.NewRat(10_000, 1)) && atLeast(read, times(hundred, times(rows, loops))):
		return 2
	case n.NodeType == "Sort" && n.SpaceType == "Disk":
		return 3
	}
	return 5
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
	var out []struct{ Plan *planNode }
	d := json.NewDecoder(bytes.NewReader(plan))
	if err := d.Decode(&out); err != nil {
		return "", err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("there is more behind the plan")
	}
	if len(out) == 0 || out[0].Plan == nil || out[0].Plan.ActualRows == "" {
		return "", errors.New("this is no plan that was run")
	}
	worst := 5
	if atLeast(rat(out[0].Plan.ActualRows), big.NewRat(10_000, 1)) {
		worst = 4
	}
	for todo := []*planNode{out[0].Plan}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], n.Plans...)
		worst = min(worst, n.rank())
	}
	return byRank[worst], nil
}
