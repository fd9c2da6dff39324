package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/pgtrace"
)

// node is a step of a plan as EXPLAIN describes it. Numbers are floats because
// the server prints fractions where a step runs more than once.
type node struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Rechecks float64 `json:"Rows Removed by Index Recheck"`
	Temp     int64   `json:"Temp Written Blocks"` // of the step and all below it
	Plans    []node  `json:"Plans"`
}

func explainable(sql string) bool {
	return slices.Contains([]string{"select", "insert", "update", "delete", "merge", "with", "values", "table"}, pgtrace.FirstWord(sql))
}

// onlyPlan has the statement planned. The planner looks at the ends of an index
// to learn the range of its values; that is not the statement's own reading.
func onlyPlan(ctx context.Context, tx pgx.Tx, s pgtrace.Statement) error {
	if !explainable(s.SQL) {
		return nil
	}
	_, err := tx.Exec(ctx, `EXPLAIN `+s.SQL, s.Args...)
	return err
}

func explain(ctx context.Context, tx pgx.Tx, s pgtrace.Statement) (p part, err error) {
	var text []byte
	err = tx.QueryRow(ctx, `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) `+s.SQL, s.Args...).Scan(&text)
	if err != nil {
		return p, err
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal(text, &plans); err != nil {
		return p, fmt.Errorf("read the plan: %w", err)
	}
	for _, top := range plans {
		p.returned += int64(top.Plan.Rows)
		p.temp += top.Plan.Temp
		p.nodes = append(p.nodes, steps(top.Plan)...)
	}
	return p, nil
}

// steps lists the steps that read a table or an index, in the plan's order.
func steps(n node) (list []node) {
	for _, below := range n.Plans {
		list = append(list, steps(below)...)
	}
	if n.Relation != "" && n.Type != "ModifyTable" && n.Type != "LockRows" {
		list = append(list, n)
	}
	return list
}
