package course

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// declaration is the front matter of one README.md, read key by key. It remembers where each key stands and which keys
// were asked for: what is left over at finish is unknown.
type declaration struct {
	loader *loader
	file   string
	nodes  map[string]*ast.MappingValueNode
	order  []string
	asked  []string
}

var fence = []byte("---\n")

// declaration reads the front matter of file. It reports a problem and returns nil when there is none to read.
func (l *loader) declaration(file string) *declaration {
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.problem(file, 0, "is missing: every lesson and every exercise has one, beginning with its front matter")
		return nil
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	front, ok := bytes.CutPrefix(text, fence)
	if !ok {
		l.problem(file, 1, "does not begin with front matter: a line ---, the keys, a line ---")
		return nil
	}
	end := bytes.Index(front, []byte("\n---\n"))
	if end < 0 {
		l.problem(file, 1, "the front matter does not end: a line --- is missing")
		return nil
	}
	// The leading newline stands for the fence, so that the parser's line numbers are the file's.
	parsed, err := parser.ParseBytes(append([]byte("\n"), front[:end+1]...), 0)
	if err != nil {
		l.yamlProblem(file, err)
		return nil
	}
	d := &declaration{loader: l, file: file, nodes: map[string]*ast.MappingValueNode{}}
	for _, doc := range parsed.Docs {
		d.collect(doc.Body)
	}
	return d
}

func (d *declaration) collect(body ast.Node) {
	var values []*ast.MappingValueNode
	switch n := body.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case nil:
	default:
		d.loader.problem(d.file, body.GetToken().Position.Line, "the front matter is not a list of keys and values")
	}
	for _, v := range values {
		key := v.Key.String()
		d.nodes[key] = v
		d.order = append(d.order, key)
	}
}

// has reports whether the key is there.
func (d *declaration) has(key string) bool { return d.nodes[key] != nil }

// need decodes the value of a key that must be there into dst.
func (d *declaration) need(key string, dst any) {
	d.asked = append(d.asked, key)
	n := d.nodes[key]
	if n == nil {
		d.loader.problem(d.file, 1, "the front matter lacks %q", key)
		return
	}
	if err := yaml.NodeToValue(n.Value, dst, yaml.Strict()); err != nil {
		d.loader.yamlProblem(d.file, fmt.Errorf("%s: %w", key, err))
		return
	}
	if s, ok := dst.(*string); ok && strings.TrimSpace(*s) == "" {
		d.problem(key, "is empty")
	}
}

// finish reports the keys that nobody asked for.
func (d *declaration) finish() {
	for _, key := range d.order {
		if slices.Contains(d.asked, key) {
			continue
		}
		hint := ""
		if near := nearest(key, d.asked); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		d.problem(key, "is not a key that front matter knows%s", hint)
	}
}

// problem reports something at the line of a key.
func (d *declaration) problem(key, format string, args ...any) {
	line := 1
	if n := d.nodes[key]; n != nil {
		line = n.Key.GetToken().Position.Line
	}
	d.loader.problem(d.file, line, "%s: %s", key, fmt.Sprintf(format, args...))
}

// checkEffort reports minutes and difficulty out of range. The key is empty when they are keys of their own.
func (d *declaration) checkEffort(key string, minutes, difficulty int) {
	pick := func(own string) string {
		if key != "" {
			return key
		}
		return own
	}
	if key == "" && (!d.has("minutes") || !d.has("difficulty")) {
		return // reported as missing already
	}
	if minutes < 1 || minutes > 600 {
		d.problem(pick("minutes"), "%d minutes: give a number from 1 to 600", minutes)
	}
	if difficulty < 1 || difficulty > 5 {
		d.problem(pick("difficulty"), "difficulty %d: give a number from 1 to 5", difficulty)
	}
}

func (l *loader) yamlProblem(file string, err error) {
	line, text := 1, err.Error()
	var ye yaml.Error
	if errors.As(err, &ye) {
		if tok := ye.GetToken(); tok != nil {
			line = tok.Position.Line
		}
		text = ye.GetMessage()
	}
	l.problem(file, line, "front matter: %s", text)
}
