package problem_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/wire"
)

// answers is what a handler sends back for a POST /v1/orders. It comes over the wire.
func answers(t *testing.T, status int, contentType, body string, header ...string) wire.Answer {
	t.Helper()
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	return server.SendJSON(t, "POST", "/v1/orders", `{"qty":0}`)
}

const media = "application/problem+json"

func TestOf(t *testing.T) {
	// is a test that wants a problem with status 404 or 410.
	is := func(status int, contentType, body string) kittest.Program {
		a := answers(t, status, contentType, body)
		return func(t testing.TB) { problem.Of(t, a, 404, 410) }
	}
	moved := answers(t, 302, media, `{"title":"Moved"}`, "Location", "/v2/orders")
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"plain_text":            is(404, "text/plain; charset=utf-8", "404 page not found\n"),
			"any_JSON":              is(404, "application/json", `{"error":"no such order"}`),
			"error_with_200":        is(200, "application/json", `{"error":"no such order"}`),
			"problem_with_200":      is(200, media, `{"title":"Not Found","status":404}`),
			"another_status":        is(500, media, `{"title":"Not Found","status":404}`),
			"status_differs":        is(404, media, `{"title":"Not Found","status":400}`),
			"status_is_text":        is(404, media, `{"title":"Not Found","status":"404"}`),
			"title_is_an_object":    is(404, media, `{"title":{"en":"Not Found"}}`),
			"detail_is_null":        is(404, media, `{"title":"Not Found","detail":null}`),
			"type_is_a_number":      is(404, media, `{"type":17}`),
			"type_is_a_sentence":    is(404, media, `{"type":"no such order"}`),
			"instance_is_no_URI":    is(404, media, `{"type":"/p","instance":"/orders/<id>"}`),
			"names_of_go":           is(404, media, `{"Type":"about:blank","Title":"Not Found"}`),
			"nothing_of_the_RFC":    is(404, media, `{"error":"no such order"}`),
			"an_array":              is(404, media, `[{"title":"Not Found"}]`),
			"text_after_the_JSON":   is(404, media, `{"title":"Not Found"}404 page not found`),
			"the_body_is_empty":     is(404, media, ``),
			"a_member_twice":        is(404, media, `{"status":404,"status":404}`),
			"type_without_the_json": is(404, "application/problem", `{"title":"Not Found"}`),
			"no_status_is_an_error": func(t testing.TB) { problem.Of(t, moved) },
		},
		Right: map[string]kittest.Program{
			"all_members":   is(404, media, `{"type":"https://example.com/p#x","title":"Not Found","status":404,"detail":"no order 7","instance":"/orders/7"}`),
			"one_member":    is(410, media, `{"title":"Gone"}`),
			"another_style": is(404, "Application/Problem+JSON; charset=utf-8", "{\n  \"balance\": 30, \"errors\": [],\n  \"status\": 4.04e2,\n  \"type\": \"tag:shop@example.com,2026:gone\"\n}\n"),
			"empty_members": is(404, media, `{"type":"","title":"","detail":"","instance":"","status":404.0}`),
			"any_error": func(t testing.TB) {
				problem.Of(t, wire.Answer{Status: 599, Header: http.Header{"Content-Type": {media}}, Body: `{"title":"?"}`})
			},
		},
	})
}

func TestMembers(t *testing.T) {
	a := answers(t, 409, media, `{"status":409,"title":"Shipped","detail":"on Monday","instance":"/orders/7","balance":30}`)
	p := problem.Of(t, a)
	assert.Equal(t, []any{"about:blank", "Shipped", 409, "on Monday", "/orders/7"}, []any{p.Type, p.Title, p.Status, p.Detail, p.Instance})
	assert.Equal(t, 30.0, p.Members["balance"])
	assert.NotContains(t, p.Members, "type")
	p = problem.Of(t, answers(t, 400, media, `{"type":"/p"}`))
	assert.Equal(t, []any{"/p", "", 0}, []any{p.Type, p.Title, p.Status})
}

// rejected is a problem with the given member errors.
func rejected(t *testing.T, errors string) problem.Problem {
	t.Helper()
	return problem.Of(t, answers(t, 422, media, fmt.Sprintf(`{"title":"Unprocessable Content","errors":%s}`, errors)), 422)
}

func TestFaults(t *testing.T) {
	const two = `[{"pointer":"/items/0/qty","code":"out_of_range","detail":"at least 1"},{"pointer":"/email","code":"required"}]`
	at := func(errors string, pointers ...string) kittest.Program {
		p := rejected(t, errors)
		return func(t testing.TB) { p.FaultsAt(t, pointers...) }
	}
	are := func(errors string) kittest.Program {
		p := rejected(t, errors)
		return func(t testing.TB) {
			p.FaultsAre(t, map[string]string{"/items/0/qty": "out_of_range", "/email": "required"})
		}
	}
	without := problem.Of(t, answers(t, 422, media, `{"title":"Unprocessable Content"}`))
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"no_list":               func(t testing.TB) { without.FaultsAt(t, "/email") },
			"one_text":              at(`"qty is out of range"`, "/qty"),
			"by_name":               at(`{"qty":["out of range"]}`, "/qty"),
			"texts":                 at(`["qty is out of range"]`, "/qty"),
			"without_a_place":       at(`[{"detail":"qty is out of range"}]`, "/qty"),
			"pointer_is_a_list":     at(`[{"pointer":["items",0,"qty"]}]`, "/items/0/qty"),
			"pointer_without_slash": at(`[{"pointer":"items/0/qty"}]`, "/items/0/qty"),
			"pointer_of_JSONPath":   at(`[{"pointer":"$.items[0].qty"}]`, "/items/0/qty"),
			"slash_not_escaped":     at(`[{"pointer":"/price/kg","code":"required"}]`, "/price~1kg"),
			"tilde_not_escaped":     at(`[{"pointer":"/a~b"}]`, "/a~0b"),
			"only_the_first":        at(`[{"pointer":"/items/0/qty","code":"out_of_range"}]`, "/items/0/qty", "/email"),
			"one_too_many":          at(two, "/email"),
			"counts_from_one":       at(`[{"pointer":"/items/1/qty"},{"pointer":""}]`, "/items/0/qty", ""),
			"code_is_a_number":      are(`[{"pointer":"/items/0/qty","code":7}]`),
			"without_a_code":        are(`[{"pointer":"/items/0/qty","code":"out_of_range"},{"pointer":"/email","detail":"required"}]`),
			"another_code":          are(`[{"pointer":"/items/0/qty","code":"invalid"},{"pointer":"/email","code":"required"}]`),
			"a_second_code":         are(`[{"pointer":"/email","code":"format"},{"pointer":"/items/0/qty","code":"out_of_range"},{"pointer":"/email","code":"required"}]`),
			"the_list_is_empty":     are(`[]`),
			"a_mistake_of_the_test": at(two, "items/0/qty"),
		},
		Right: map[string]kittest.Program{
			"plain_pointers":   are(two),
			"fragments":        are(`[{"code":"required","pointer":"#/email"},{"pointer":"#/items/0/qty","code":"out_of_range","detail":"≥ 1","limit":1}]`),
			"fields":           are(`[{"field":"email","code":"required"},{"field":"items[0].qty","code":"out_of_range"}]`),
			"fields_with_dots": are(`[{"field":"/email","code":"required"},{"field":"items.0.qty","code":"out_of_range"}]`),
			"twice_at_a_place": at(`[{"pointer":"/email","code":"a"},{"pointer":"/email","code":"b"}]`, "/email"),
			"escaped":          at(`[{"pointer":"/price~1kg"},{"pointer":"#/a~0b%20%C3%A9"},{"pointer":""}]`, "/a~0b é", "#", "#/price~1kg"),
			"none":             at(`[]`),
		},
	})
	p := rejected(t, two)
	assert.Equal(t, []problem.Fault{{"/items/0/qty", "out_of_range", "at least 1"}, {"/email", "required", ""}}, p.Faults(t))
	assert.Equal(t, []string{"/email", "/items/0/qty"}, p.Pointers(t))
}
