// Package talk writes down what a client and a server say to each other, as a lesson shows it.
package talk

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
	if said := strings.TrimSpace(string(text)); said != "" {
		fmt.Fprintf(&k.text, "   %s", said)
	}
	k.text.WriteString("\n")
	return answer
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
