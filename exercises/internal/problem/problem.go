// Package problem reads error answers as RFC 9457 problem details.
//
// One line checks that an answer is a problem and hands out its members:
//
//	p := problem.Of(t, server.SendJSON(t, "POST", "/v1/orders", body), 400, 422)
//	p.FaultsAt(t, "/items/0/qty", "/email")        // these fields and no others
//	problem.Clean(t, answer, "orders_pkey", query) // nothing of the inside got out
//
// What was asked for, and what it promised, stands in every message.
package problem

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"workbook/exercises/internal/wire"
)

// MediaType is the media type of a problem.
const MediaType = "application/problem+json"

// A Problem is the JSON object of an answer that passed [Of].
type Problem struct {
	Type     string // "about:blank" when the member is missing, which is what that means
	Title    string
	Status   int // 0 when the member is missing
	Detail   string
	Instance string

	Members map[string]any // all of them, the extensions too, as encoding/json decodes them

	answer wire.Answer
}

// Of checks that the answer is a problem with one of the given HTTP statuses
// (none given: any from 400 to 599), and returns it. A problem has the media
// type application/problem+json, in any case and with any parameters, and its
// body is one JSON object. Each member of RFC 9457 §3.1 may be missing; when it
// is there, it has the type that it is specified to have: type and instance are
// strings that hold URI references, title and detail strings, and status is a
// number, the HTTP status. Clients have to ignore a member of another type;
// here it fails the test, as does null, since nobody means to send what is ignored.
// So do a member that has one of those names in another case, and a problem
// that has none of the five.
//
//kit:proves that an error is a problem document that agrees with its status
func Of(t testing.TB, a wire.Answer, statuses ...int) Problem {
	t.Helper()
	if !hasStatus(a.Status, statuses) {
		fail(t, a, "status "+either(statuses), "It was %d", a.Status)
	}
	if mediaType, _ := a.ContentType(t); mediaType != MediaType {
		fail(t, a, "a problem, which has the media type "+MediaType, "This was %s", mediaType)
	}
	p := Problem{Members: wire.JSON[map[string]any](t, a), answer: a}
	p.checkNames(t)
	p.Type = p.reference(t, "type")
	p.Title = p.text(t, "title")
	p.Status = p.status(t)
	p.Detail = p.text(t, "detail")
	p.Instance = p.reference(t, "instance")
	if p.Members["type"] == nil {
		p.Type = "about:blank"
	}
	return p
}

func hasStatus(status int, allowed []int) bool {
	if len(allowed) == 0 {
		return status >= 400 && status <= 599
	}
	return slices.Contains(allowed, status)
}

func either(statuses []int) string {
	if len(statuses) == 0 {
		return "400 to 599"
	}
	words := make([]string, len(statuses))
	for i, status := range statuses {
		words[i] = fmt.Sprint(status)
	}
	return strings.Join(words, " or ")
}

// checkNames finds members that no reader would find.
func (p Problem) checkNames(t testing.TB) {
	t.Helper()
	standard, found := []string{"type", "title", "status", "detail", "instance"}, false
	for _, name := range slices.Sorted(maps.Keys(p.Members)) {
		for _, known := range standard {
			found = found || name == known
			if name != known && strings.EqualFold(name, known) {
				fail(t, p.answer, "a problem with the members of RFC 9457, such as "+known, "This one is called %s", name)
			}
		}
	}
	if !found {
		fail(t, p.answer, "a problem with the members of RFC 9457", "It has none of %s", strings.Join(standard, ", "))
	}
}

// text returns the member, or "" when it is missing.
func (p Problem) text(t testing.TB, name string) string {
	t.Helper()
	value, there := p.Members[name]
	text, ok := value.(string)
	if there && !ok {
		fail(t, p.answer, "a problem whose member "+name+" is a string", "It is %s", inJSON(value))
	}
	return text
}

func (p Problem) reference(t testing.TB, name string) string {
	t.Helper()
	text := p.text(t, name)
	if _, err := p.answer.Resolve(text); err != nil {
		fail(t, p.answer, "a problem whose member "+name+" is a URI reference", "%v", err)
	}
	return text
}

func (p Problem) status(t testing.TB) int {
	t.Helper()
	value, there := p.Members["status"]
	if !there {
		return 0
	}
	if number, ok := value.(float64); !ok || number != float64(p.answer.Status) {
		fail(t, p.answer, fmt.Sprintf("a problem whose member status is a number, the HTTP status %d", p.answer.Status), "It is %s", inJSON(value))
	}
	return p.answer.Status
}

// fail ends the test with what was promised, what happened, and the story.
func fail(t testing.TB, a wire.Answer, promise, happened string, args ...any) {
	t.Helper()
	t.Fatalf("%s promises %s. %s.\n%s", a.Asked(), promise, fmt.Sprintf(happened, args...), a.Story())
}
