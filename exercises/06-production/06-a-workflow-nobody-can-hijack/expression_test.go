package pipeline_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rhysd/actionlint"
)

// unknown is a value that only a real run would have. Its text is what it may
// contain.
type unknown string

// A scope is what the expressions at one place of a workflow see.
type scope struct {
	contexts              map[string]any // github, env, needs …; all keys in lower case
	ok, failed, cancelled bool           // what success(), failure() and cancelled() say
}

// text is src with the values of its expressions in their place.
func (s scope) text(src *actionlint.String) string {
	if src == nil {
		return ""
	}
	var b strings.Builder
	for rest := src.Value; ; {
		before, after, found := strings.Cut(rest, "${{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		lexer := actionlint.NewExprLexer(after)
		node, err := actionlint.NewExprParser().Parse(lexer)
		if err != nil { // TestFiles reports it
			return b.String()
		}
		b.WriteString(str(s.eval(node)))
		rest = after[lexer.Offset():]
	}
}

// value is that of a text which may consist of one expression.
func (s scope) value(src *actionlint.String) any {
	if src == nil || !src.IsExpressionAssigned() {
		return s.text(src)
	}
	return s.bare(strings.TrimPrefix(strings.TrimSpace(src.Value), "${{"))
}

func (s scope) bare(expression string) any {
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(expression))
	if err != nil {
		return unknown("")
	}
	return s.eval(node)
}

// holds evaluates an `if`. What is not known counts as maybe.
func (s scope) holds(cond *actionlint.String, maybe bool) bool {
	if cond == nil {
		return s.ok
	}
	var v any
	src := cond.Value
	switch {
	case cond.IsExpressionAssigned():
		src = strings.TrimPrefix(strings.TrimSpace(src), "${{")
		v = s.bare(src)
	case cond.ContainsExpression():
		v = s.text(cond) // a text, and so true
	default:
		src += "}}"
		v = s.bare(src)
	}
	asks := false
	if node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(src)); err == nil {
		actionlint.VisitExprNode(node, func(n, _ actionlint.ExprNode, _ bool) {
			if call, is := n.(*actionlint.FuncCallNode); is {
				switch strings.ToLower(call.Callee) {
				case "success", "failure", "always", "cancelled":
					asks = true
				}
			}
		})
	}
	if !asks && !s.ok {
		return false // without a status function, success() is added
	}
	yes, known := truth(v)
	return yes && known || !known && maybe
}

func (s scope) eval(node actionlint.ExprNode) any {
	switch n := node.(type) {
	case *actionlint.BoolNode:
		return n.Value
	case *actionlint.IntNode:
		return float64(n.Value)
	case *actionlint.FloatNode:
		return n.Value
	case *actionlint.StringNode:
		return n.Value
	case *actionlint.VariableNode:
		if v, ok := s.contexts[strings.ToLower(n.Name)]; ok {
			return v
		}
		return unknown("")
	case *actionlint.ObjectDerefNode:
		return field(s.eval(n.Receiver), n.Property)
	case *actionlint.IndexAccessNode:
		return field(s.eval(n.Operand), str(s.eval(n.Index)))
	case *actionlint.ArrayDerefNode:
		return elements(s.eval(n.Receiver))
	case *actionlint.NotOpNode:
		if yes, known := truth(s.eval(n.Operand)); known {
			return !yes
		}
		return unknown("")
	case *actionlint.CompareOpNode:
		return compare(n.Kind, s.eval(n.Left), s.eval(n.Right))
	case *actionlint.LogicalOpNode:
		left, right := s.eval(n.Left), s.eval(n.Right)
		and := n.Kind == actionlint.LogicalOpNodeKindAnd
		if yes, known := truth(left); known && yes != and {
			return left
		} else if known {
			return right
		}
		if yes, known := truth(right); known && yes != and {
			return right
		}
		return unknown(str(left) + str(right))
	case *actionlint.FuncCallNode:
		var args []any
		for _, arg := range n.Args {
			args = append(args, s.eval(arg))
		}
		return s.call(strings.ToLower(n.Callee), args)
	}
	return nil
}

func (s scope) call(name string, args []any) any {
	var all []string
	known := true
	for _, arg := range args {
		all = append(all, str(arg))
		if _, is := arg.(unknown); is {
			known = false
		}
	}
	switch name {
	case "success":
		return s.ok
	case "failure":
		return s.failed
	case "cancelled":
		return s.cancelled
	case "always":
		return true
	case "contains", "startswith", "endswith":
		if !known {
			return unknown("")
		}
		if list, is := args[0].([]any); is {
			for _, v := range list {
				if equal(v, args[1]) {
					return true
				}
			}
			return false
		}
		a, b := strings.ToLower(all[0]), strings.ToLower(all[1])
		return map[string]func(string, string) bool{"contains": strings.Contains,
			"startswith": strings.HasPrefix, "endswith": strings.HasSuffix}[name](a, b)
	case "format":
		out := all[0]
		for i, arg := range all[1:] {
			out = strings.ReplaceAll(out, fmt.Sprintf("{%d}", i), arg)
		}
		return out
	case "tojson":
		b, _ := json.Marshal(args[0])
		return string(b)
	case "fromjson":
		var v any
		if err := json.Unmarshal([]byte(all[0]), &v); err == nil {
			return v
		}
	case "hashfiles":
		return unknown("")
	case "join":
		var parts []string
		for _, v := range elements(args[0]).([]any) {
			parts = append(parts, str(v))
		}
		return strings.Join(parts, ",")
	}
	return unknown(strings.Join(all, ""))
}

func elements(v any) any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		var all []any
		for _, e := range v {
			all = append(all, e)
		}
		return all
	}
	return []any{v}
}

// field is v.name. The field "*" of a map stands for all that it lacks.
func field(v any, name string) any {
	switch v := v.(type) {
	case unknown:
		return v
	case map[string]any:
		if e, ok := v[strings.ToLower(name)]; ok {
			return e
		}
		return v["*"]
	case []any:
		if i, err := strconv.Atoi(name); err == nil {
			if i < len(v) {
				return v[i]
			}
			return nil
		}
		var all []any
		for _, e := range v {
			all = append(all, field(e, name))
		}
		return all
	}
	return nil
}

func str(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case unknown:
		return string(v)
	case map[string]any:
		return "Object"
	case []any:
		return "Array"
	}
	return fmt.Sprint(v)
}

func truth(v any) (yes, known bool) {
	switch v := v.(type) {
	case unknown:
		return false, false
	case nil:
		return false, true
	case bool:
		return v, true
	case float64:
		return v != 0, true
	case string:
		return v != "", true
	}
	return true, true
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
	case string:
		f, _ := strconv.ParseFloat(v, 64)
		return f
	}
	return 0
}

// equal compares as GitHub does: texts without regard to case, and as numbers
// where the types differ.
func equal(a, b any) bool {
	x, isX := a.(string)
	y, isY := b.(string)
	if isX && isY {
		return strings.EqualFold(x, y)
	}
	if isX || isY { // a text that is no number equals nothing
		text := x
		if isY {
			text = y
		}
		if _, err := strconv.ParseFloat(text, 64); err != nil && text != "" {
			return false
		}
	}
	return number(a) == number(b)
}

func compare(kind actionlint.CompareOpNodeKind, a, b any) any {
	_, x := a.(unknown)
	_, y := b.(unknown)
	switch {
	case x || y:
		return unknown("")
	case kind == actionlint.CompareOpNodeKindEq:
		return equal(a, b)
	case kind == actionlint.CompareOpNodeKindNotEq:
		return !equal(a, b)
	case kind == actionlint.CompareOpNodeKindLess:
		return number(a) < number(b)
	case kind == actionlint.CompareOpNodeKindLessEq:
		return number(a) <= number(b)
	case kind == actionlint.CompareOpNodeKindGreater:
		return number(a) > number(b)
	}
	return number(a) >= number(b)
}
