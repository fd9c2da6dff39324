// Package talk writes down what a client and a server say to each other, as a lesson shows it.
package talk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// A Talk is a conversation with one server.
type Talk struct {
	t      testing.TB
	server *httptest.Server
	shown  []string
	text   strings.Builder
}

// New starts a server for h, which ends with the test. Of the answers' headers those that are named are written down.
func New(t testing.TB, h http.Handler, shown ...string) *Talk {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &Talk{t: t, server: server, shown: shown}
}

// Say sends a request, and writes down what was asked and what came back. Header lines have the form "Name: value". A body
// is JSON, unless a header says otherwise. The answer is returned; its body is closed.
func (k *Talk) Say(method, path, body string, header ...string) *http.Response {
	k.t.Helper()
	request, err := http.NewRequestWithContext(k.t.Context(), method, k.server.URL+path, strings.NewReader(body))
	k.must(err)
	fmt.Fprintf(&k.text, "%s %s", method, path)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
		fmt.Fprintf(&k.text, "   %s", line)
	}
	if body != "" {
		fmt.Fprintf(&k.text, "   %s", body)
	}
	answer, err := k.server.Client().Do(request)
	k.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	k.must(err)
	fmt.Fprintf(&k.text, "\n   → %s", answer.Status)
	for _, name := range k.shown {
		if value := answer.Header.Get(name); value != "" {
			fmt.Fprintf(&k.text, "   %s: %s", name, value)
		}
	}
	if said := strings.TrimSpace(string(text)); len(said) > longest {
		k.text.WriteString("\n" + spread(said))
	} else if said != "" {
		fmt.Fprintf(&k.text, "   %s", said)
	}
	k.text.WriteString("\n")
	return answer
}

// longest is how many bytes of a body stand in one line.
const longest = 100

// spread puts the members of a JSON object into lines of their own, with those of a list below them.
func spread(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "     ", "  ") != nil {
		return "     " + text
	}
	// What has no list or object in it may stay in one line.
	flat := regexp.MustCompile(`\{\n[^{}\[\]]*\}`).ReplaceAllStringFunc(b.String(), func(object string) string {
		return strings.Join(strings.Fields(object), " ")
	})
	return "     " + flat
}

// URL is the server's address, for what is not to be written down.
func (k *Talk) URL() string { return k.server.URL }

// Note writes something between what is said.
func (k *Talk) Note(format string, args ...any) { fmt.Fprintf(&k.text, format+"\n", args...) }

// String is the conversation so far.
func (k *Talk) String() string { return k.text.String() }

func (k *Talk) must(err error) {
	if err != nil {
		k.t.Helper()
		k.t.Fatal(err)
	}
}
