package problem

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A Fault is what a problem says about one place in the request's body.
type Fault struct {
	Pointer string // a JSON Pointer (RFC 6901), such as /items/0/qty; "" is the whole body
	Code    string // what is wrong, for programs; "" when the entry has no code
	Detail  string // what is wrong, for humans; "" when the entry has no detail
}

// Faults returns the entries of the member errors, in their order. Each is an
// object that says where: by pointer, a JSON Pointer, plain or as a URI
// fragment (#/items/0/qty); or, when it has none, by field, which may also be
// written items[0].qty or items.0.qty. Its code and its detail, where they are
// there, are strings. Anything else fails the test.
func (p Problem) Faults(t testing.TB) []Fault {
	t.Helper()
	list, ok := p.Members["errors"].([]any)
	if !ok {
		fail(t, p.answer, "a problem whose member errors is a list of what is wrong", "%s", thereIs(p.Members, "errors"))
	}
	faults := make([]Fault, len(list))
	for i, entry := range list {
		fault, err := faultOf(entry)
		if err != nil {
			fail(t, p.answer, "a problem whose errors each say where", "Entry %d is %s: %v", i, inJSON(entry), err)
		}
		faults[i] = fault
	}
	return faults
}

func faultOf(entry any) (fault Fault, err error) {
	members, ok := entry.(map[string]any)
	if !ok {
		return fault, fmt.Errorf("no object")
	}
	text := func(name string) string {
		value, there := members[name]
		text, ok := value.(string)
		if there && !ok && err == nil {
			err = fmt.Errorf("its %s is no string", name)
		}
		return text
	}
	fault.Code, fault.Detail = text("code"), text("detail")
	where, read := text("pointer"), pointer
	if _, there := members["pointer"]; !there {
		where, read = text("field"), fromField
		if _, there := members["field"]; !there && err == nil {
			err = fmt.Errorf("it has neither pointer nor field")
		}
	}
	if err == nil {
		fault.Pointer, err = read(where)
	}
	return fault, err
}

// Pointers returns where something is wrong: the pointers of [Problem.Faults],
// sorted, each once.
func (p Problem) Pointers(t testing.TB) []string {
	t.Helper()
	places := map[string]bool{}
	for _, fault := range p.Faults(t) {
		places[fault.Pointer] = true
	}
	return slices.Sorted(maps.Keys(places))
}

// FaultsAt checks that something is wrong at each of the places, which are JSON
// Pointers, and at no other, in any order.
func (p Problem) FaultsAt(t testing.TB, pointers ...string) {
	t.Helper()
	want, got := rows{}, rows{}
	for _, place := range pointers {
		want[row{pointer: mustPointer(t, place)}] = true
	}
	for _, place := range p.Pointers(t) {
		got[row{pointer: place}] = true
	}
	p.compare(t, want, got)
}

// FaultsAre checks that the faults are those, and no others, in any order. Each
// is given as a code by its JSON Pointer.
func (p Problem) FaultsAre(t testing.TB, codes map[string]string) {
	t.Helper()
	want, got := rows{}, rows{}
	for place, code := range codes {
		want[row{mustPointer(t, place), code}] = true
	}
	for _, fault := range p.Faults(t) {
		got[row{fault.Pointer, cmp.Or(fault.Code, "(no code)")}] = true
	}
	p.compare(t, want, got)
}

func mustPointer(t testing.TB, text string) string {
	t.Helper()
	place, err := pointer(text)
	if err != nil {
		t.Fatalf("the test's own mistake: it expects a fault at %q, and %v", text, err)
	}
	return place
}

type row struct{ pointer, code string }

type rows map[row]bool

func (p Problem) compare(t testing.TB, want, got rows) {
	t.Helper()
	if maps.Equal(want, got) {
		return
	}
	all := maps.Clone(want)
	maps.Copy(all, got)
	var b strings.Builder
	order := func(a, b row) int { return strings.Compare(a.pointer+"\x00"+a.code, b.pointer+"\x00"+b.code) }
	for _, r := range slices.SortedFunc(maps.Keys(all), order) {
		word := ""
		switch {
		case !got[r]:
			word = "missing"
		case !want[r]:
			word = "too many"
		}
		line := fmt.Sprintf("\n\t%-10s%-24s%s", word, r.place(), r.code)
		b.WriteString(strings.TrimRight(line, " "))
	}
	t.Fatalf("%s promises to name everything that is wrong with the request, and nothing else. The problem's errors differ from that:\n%s\n%s",
		p.answer.Asked(), b.String(), p.answer.Story())
}

func (r row) place() string {
	if r.pointer == "" {
		return "(the whole body)"
	}
	return r.pointer
}

// thereIs says what is there instead.
func thereIs(members map[string]any, name string) string {
	value, there := members[name]
	if !there {
		return "There is no " + name
	}
	return "It is " + inJSON(value)
}

func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
