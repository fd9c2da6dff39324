package wire

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An Answer is what came back for a request. Its header is what was sent,
// nothing left out, with names in the form of http.CanonicalHeaderKey.
// Informational answers (1xx) are passed over; Head alone still has them.
type Answer struct {
	Status  int         // 0 when no answer came
	Header  http.Header // of the lines above the body
	Body    string      // without its framing
	Trailer http.Header // of the lines below a chunked body; nil when there are none

	Head string // the bytes down to and with the empty line above the body
	Raw  string // the bytes below it, as they came: chunks with their sizes, and what follows the end
	// Extra are the bytes that followed after the answer's end: such as a body
	// after a 204 or after the answer to HEAD (net/http drops those itself). It
	// is seen at the end of a connection, so not by [Conn.Send].
	Extra string

	Cut error // why the answer is not whole; nil when it is

	// Taken is how many bytes of the request's body, with their framing, the
	// server has read from the connection. It reads in blocks, of 4 KiB in
	// net/http, which takes up to 256 KiB more before it gives up on a body
	// that the handler left unread.
	Taken int64

	asked    message
	url      string        // of the server
	late     time.Duration // there was no end for that long
	running  string        // the request whose handler had not returned by then
	stuck    bool          // the test's own BodyFrom does not end
	panicked string        // the value of the handler's panic and its place
}

// judge fails the test for an answer that has no end, and, when it is to be
// whole, for one that is not.
func (a Answer) judge(t testing.TB, whole bool) {
	t.Helper()
	switch {
	case a.stuck:
		t.Fatalf("the test's own mistake: the BodyFrom of %v neither ends nor fails", a.asked)
	case a.late > 0:
		a.fail(t, "an answer", a.lateness())
	case whole && a.Cut != nil:
		a.fail(t, "a whole answer", "This one is cut: "+a.Cut.Error()+".")
	case whole && a.Extra != "":
		a.fail(t, "one answer and nothing after it", "After the answer's end, the server sent more.")
	}
}

// lateness says what there was when the time was over.
func (a Answer) lateness() string {
	happened := fmt.Sprintf("None came for %v", a.late)
	switch {
	case a.Cut == nil && a.running == "":
		return fmt.Sprintf("It came, but the connection was not closed for another %v.", a.late)
	case a.Cut == nil:
		return fmt.Sprintf("It came, but its handler did not return for another %v.", a.late)
	case a.Head != "":
		happened = fmt.Sprintf("It began, and did not go on for %v", a.late)
	}
	if a.running != "" {
		return happened + "; its handler has not returned."
	}
	return happened + "."
}

// Asked is the request's method and path, such as "GET /v1/books", for a failure message.
func (a Answer) Asked() string { return a.asked.String() }

// fail ends the test with what the request promises, what happened, and the story.
func (a Answer) fail(t testing.TB, promise, happened string) {
	t.Helper()
	t.Fatalf("%s promises %s. %s\n%s", a.Asked(), promise, happened, a.Story())
}

// Story tells what was sent and what came back, for a failure message: without
// the Date, and with long bodies shortened.
func (a Answer) Story() string {
	s := &story{}
	s.tell("asked", a.asked.story())
	if a.Head != "" {
		s.tell("got", headStory(a.Head)+"\n\n"+show(a.Body))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Trailer)) {
		s.tell("trailer", showLine(name+": "+strings.Join(a.Trailer[name], ", ")))
	}
	if a.Extra != "" {
		s.tell("then", show(a.Extra))
	}
	switch {
	case a.late > 0 && a.Cut == nil:
		s.tell("then", "nothing more")
	case a.late > 0:
		s.tell("then", "nothing for "+a.late.String())
	case a.Head == "" && a.Raw != "":
		s.tell("got", show(a.Raw))
	case a.Cut != nil:
		s.tell("then", a.Cut.Error())
	}
	if a.panicked != "" {
		s.tell("panic", a.panicked)
	}
	return s.String()
}

func (m message) story() string {
	if m.raw {
		return strconv.Quote(m.head)
	}
	lines := []string{m.String()}
	for _, line := range m.header {
		lines = append(lines, showLine(line))
	}
	switch {
	case m.from != nil:
		lines = append(lines, "", "(a body from a reader)")
	case m.body != "":
		lines = append(lines, "", show(m.body))
	}
	return strings.Join(lines, "\n")
}
