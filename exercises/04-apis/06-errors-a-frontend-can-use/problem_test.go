package errorsafrontendcanuse_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	problems "workbook/exercises/04-apis/06-errors-a-frontend-can-use"
)

// Thirteen ways to fail, in an app that uses the package as its readers will.
func TestEveryFailure(t *testing.T) {
	mux := http.NewServeMux()
	fails := func(pattern string, h http.HandlerFunc) { mux.HandleFunc("GET "+pattern, h) }
	with := func(p problems.Problem) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { problems.WriteProblem(w, p) }
	}
	fails("/bad-request", with(problems.Problem{Status: 400, Detail: "the body is no JSON"}))
	fails("/no-credentials", with(problems.Problem{Status: 401}))
	fails("/not-allowed", with(problems.Problem{Status: 403, Type: "https://example.com/problems/role"}))
	fails("/no-such-order", func(w http.ResponseWriter, _ *http.Request) {
		problems.WriteError(w, problems.Problem{Status: 404, Title: "No such order"})
	})
	fails("/conflict", func(w http.ResponseWriter, _ *http.Request) {
		problems.WriteError(w, fmt.Errorf("ship: %w", problems.Problem{Status: 409, Title: "Shipped already"}))
	})
	fails("/too-large", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "body too large", 413) })
	fails("/wrong-media-type", with(problems.Problem{Status: 415}))
	fails("/wrong-fields", with(problems.Problem{Status: 422, Errors: []problems.FieldError{{Pointer: "/qty", Code: "required"}}}))
	fails("/too-many", with(problems.Problem{Status: 429, Instance: "/limits/7"}))
	fails("/database", func(w http.ResponseWriter, _ *http.Request) { problems.WriteError(w, errors.New("connection refused")) })
	fails("/panic", func(http.ResponseWriter, *http.Request) { panic("index out of range") })
	app := problems.Recover(problems.Problems(mux))

	for _, c := range []struct {
		name, method, path string
		status             int
	}{
		{"bad_request", "GET", "/bad-request", 400},
		{"no_credentials", "GET", "/no-credentials", 401},
		{"not_allowed", "GET", "/not-allowed", 403},
		{"no_such_order", "GET", "/no-such-order", 404},
		{"unknown_path", "GET", "/nowhere", 404},
		{"wrong_method", "DELETE", "/no-such-order", 405},
		{"conflict", "GET", "/conflict", 409},
		{"body_too_large", "GET", "/too-large", 413},
		{"wrong_media_type", "GET", "/wrong-media-type", 415},
		{"wrong_fields", "GET", "/wrong-fields", 422},
		{"too_many_requests", "GET", "/too-many", 429},
		{"database_down", "GET", "/database", 500},
		{"panic", "GET", "/panic", 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := send(t, c.method, serve(t, app)+c.path)
			require.NoError(t, a.cut, "%s %s promises an answer; the connection was closed", c.method, c.path)
			assert.Equal(t, c.status, a.status, "the HTTP status")
			assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "the media type of a problem")
			assert.EqualValues(t, c.status, a.members(t)["status"], "the member status equals the HTTP status, %d", a.status)
		})
	}
}

func TestWriteProblem(t *testing.T) {
	t.Run("writes_every_member", func(t *testing.T) {
		detail := "\"half\" a \\ dozen\n</script> ½ 🦊 100%d"
		p := problems.Problem{Type: "https://example.com/p?a=1&b=2", Title: "Out \"of\" stock", Status: 409, Detail: detail, Instance: "/orders/7"}
		members := write(t, p).members(t)
		assert.Equal(t, p.Type, members["type"], "type")
		assert.Equal(t, p.Title, members["title"], "title")
		assert.Equal(t, detail, members["detail"], "detail")
		assert.Equal(t, p.Instance, members["instance"], "instance")
	})
	t.Run("writes_where_and_what_for_each_field", func(t *testing.T) {
		fields := []problems.FieldError{
			{Pointer: "/items/0/qty", Code: "out_of_range", Detail: "at least 1"},
			{Pointer: "/email", Code: "required", Detail: "missing"},
		}
		members := write(t, problems.Problem{Status: 422, Errors: fields}).members(t)
		list, _ := members["errors"].([]any)
		require.Len(t, list, len(fields), "errors is a list with an entry for each FieldError; it is %v", members["errors"])
		for i, field := range fields {
			entry, _ := list[i].(map[string]any)
			assert.Equal(t, field.Pointer, entry["pointer"], "pointer of entry %d, which is %v", i, entry)
			assert.Equal(t, field.Code, entry["code"], "code of entry %d, which is %v", i, entry)
			assert.Equal(t, field.Detail, entry["detail"], "detail of entry %d, which is %v", i, entry)
		}
	})
	t.Run("leaves_out_empty_members", func(t *testing.T) {
		members := write(t, problems.Problem{Status: 403, Title: "No"}).members(t)
		for _, name := range []string{"detail", "instance", "errors"} {
			assert.NotContains(t, members, name, "the Problem has no %s", name)
		}
		assert.Contains(t, []any{nil, "about:blank"}, members["type"], "an empty type is left out, or says about:blank")
	})
	t.Run("names_an_untitled_problem_after_its_status", func(t *testing.T) {
		assert.Equal(t, "Conflict", write(t, problems.Problem{Status: 409}).members(t)["title"], "title of a 409 without Title")
	})
	t.Run("sends_every_error_status_as_it_is", func(t *testing.T) {
		for _, status := range []int{400, 418, 499, 503, 599} {
			assert.Equal(t, status, write(t, problems.Problem{Status: status, Title: "Odd"}).status, "the HTTP status of Problem{Status: %d}", status)
		}
	})
	t.Run("makes_a_500_of_a_status_that_is_no_error", func(t *testing.T) {
		for _, status := range []int{0, -1, 99, 200, 302, 399, 600, 1000} {
			a := write(t, problems.Problem{Status: status, Title: "Odd"})
			assert.Equal(t, 500, a.status, "the HTTP status of Problem{Status: %d}", status)
			assert.EqualValues(t, 500, a.members(t)["status"], "the member status of Problem{Status: %d}", status)
		}
	})
	t.Run("keeps_headers_that_were_set_before", func(t *testing.T) {
		a := get(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			problems.WriteProblem(w, problems.Problem{Status: 429})
		}))
		assert.Equal(t, 429, a.status, "the HTTP status")
		assert.Equal(t, "30", a.header.Get("Retry-After"), "Retry-After was set before WriteProblem")
	})
	t.Run("is_not_bound_to_a_length_or_type_that_was_set_before", func(t *testing.T) {
		a := get(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Header().Set("Content-Type", "text/csv")
			problems.WriteProblem(w, problems.Problem{Status: 409, Title: "Report is not ready"})
		}))
		assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "the handler had set text/csv before it failed")
		assert.Equal(t, "Report is not ready", a.members(t)["title"], "the handler had set Content-Length: 9 before it failed")
	})
}

func TestPointer(t *testing.T) {
	cases := map[string]struct {
		path []any
		want string
	}{
		"names_and_indexes":       {[]any{"items", 0, "qty"}, "/items/0/qty"},
		"whole_document":          {nil, ""},
		"member_without_a_name":   {[]any{"a", "", 10}, "/a//10"},
		"slash_in_a_name":         {[]any{"price/kg"}, "/price~1kg"},
		"tilde_in_a_name":         {[]any{"~", "a~1b"}, "/~0/a~01b"},
		"slash_and_tilde_at_once": {[]any{"~/"}, "/~0~1"},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			var got string
			require.NotPanics(t, func() { got = problems.Pointer(c.path...) })
			assert.Equal(t, c.want, got, "the JSON Pointer (RFC 6901) through %q", c.path)
		})
	}
}

func TestWriteError(t *testing.T) {
	failWith := func(err error) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { problems.WriteError(w, err) })
	}
	t.Run("finds_a_problem_that_is_wrapped", func(t *testing.T) {
		secret := canary()
		p := problems.Problem{Status: 409, Title: "Shipped already", Detail: "order 7 left on Monday"}
		a := get(t, failWith(errors.Join(errors.New(secret), fmt.Errorf("orders_%s: %w", secret, p))))
		assert.Equal(t, 409, a.status, "the status of the Problem in the chain")
		assert.Equal(t, p.Detail, a.members(t)["detail"], "the detail of the Problem in the chain")
		assert.NotContains(t, a.body, secret, "only the Problem is for the client, not the text around it")
	})
	t.Run("tells_the_client_nothing_of_any_other_error", func(t *testing.T) {
		secret := canary()
		a := get(t, failWith(fmt.Errorf("INSERT INTO orders_%s: duplicate key", secret)))
		assert.Equal(t, 500, a.status, "the status for an error that holds no Problem")
		assert.NotContains(t, fmt.Sprint(a), secret, "SQL text went to the client")
	})
	t.Run("tells_the_log_about_it", func(t *testing.T) {
		secret := canary()
		get(t, failWith(errors.New("INSERT INTO orders_"+secret)))
		assert.Contains(t, logs.String(), secret, "the client is not told, so the default logger is; otherwise nobody knows")
	})
}
