package talk_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/lessons/internal/talk"
)

func TestTalk(t *testing.T) {
	k := talk.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET")
		http.Error(w, r.Header.Get("Content-Type"), http.StatusMethodNotAllowed)
	}), "Allow", "Location")
	k.Say("GET", "/a", "")
	k.Note("then")
	answer := k.Say("POST", "/b", "{}", "X-One: 1")
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
	k.Say("PATCH", "/b", "{}", "Content-Type: application/merge-patch+json")
	require.Equal(t, `GET /a
   → 405 Method Not Allowed   Allow: GET
then
POST /b   X-One: 1   {}
   → 405 Method Not Allowed   Allow: GET   application/json
PATCH /b   Content-Type: application/merge-patch+json   {}
   → 405 Method Not Allowed   Allow: GET   application/merge-patch+json
`, k.String())
}

func TestLongAnswers(t *testing.T) {
	k := talk.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.WriteString(w, `{"title":"Two fields are not right","errors":[{"pointer":"/name","code":"required"},{"pointer":"/email","code":"required"}]}`); err != nil {
			t.Error(err)
		}
	}))
	k.Say("GET", "/a", "")
	require.Equal(t, `GET /a
   → 200 OK
     {
       "title": "Two fields are not right",
       "errors": [
         { "pointer": "/name", "code": "required" },
         { "pointer": "/email", "code": "required" }
       ]
     }
`, k.String())
}
