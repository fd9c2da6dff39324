package refusenonsense_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

func TestTakes(t *testing.T) {
	t.Run("a_book", func(t *testing.T) {
		s, random := openShop(t), seed.New(t)
		want := row{Title: random.Word() + " <i>&</i> " + random.Awkward() + random.Word(), Author: random.Name(), Pages: int(random.Between(1, 20_000))}
		body, err := json.Marshal(map[string]any{"title": want.Title, "author": want.Author, "pages": want.Pages})
		require.NoError(t, err)

		s.requireAdded(s.post(string(body)), "the body is a book", want)
	})

	t.Run("a_book_without_an_author", func(t *testing.T) {
		s := openShop(t)
		s.requireAdded(s.post(emma), "a first book has an author", emmaRow)

		a := s.post(`{"pages":95,"title":"Beowulf"}`)

		s.requireAdded(a, "a second book has none, which makes it the empty text", emmaRow, row{Title: "Beowulf", Pages: 95})
	})

	takes := func(name, why string, r wire.Request, mediaType string, want row) {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.requireAdded(s.send(r, "Content-Type: "+mediaType), why, want)
		})
	}
	const plain = "application/json"
	takes("the_fewest_pages", "a book has one page", wire.Request{Body: `{"title":"T","pages":1}`}, plain, row{Title: "T", Pages: 1})
	takes("the_most_pages", "a book has 20,000 pages", wire.Request{Body: `{"title":"T","pages":20000}`}, plain, row{Title: "T", Pages: 20_000})
	takes("white_space_around_the_object", "there is white space around the object", wire.Request{Body: "\r\n\t " + emma + " \t\r\n"}, plain, emmaRow)
	takes("white_space_in_the_values", "title and author begin and end with white space, which is a part of them", wire.Request{Body: `{"title":" T\t","author":"\n A ","pages":1}`}, plain, row{Title: " T\t", Author: "\n A ", Pages: 1})
	takes("the_largest_body", "the body has 16,384 bytes, white space among them", wire.Request{Body: padded(limit)}, plain, emmaRow)
	takes("a_length_that_is_not_announced", "the body comes in chunks, without a Content-Length", wire.Request{BodyFrom: strings.NewReader(emma)}, plain, emmaRow)
	takes("a_media_type_with_a_parameter", "the media type has a parameter", wire.Request{Body: emma}, "application/json; charset=utf-8", emmaRow)
	takes("a_media_type_in_other_letters", "the media type is in another letter case", wire.Request{Body: emma}, "Application/JSON;charset=UTF-8", emmaRow)
}

// refuses is a leaf test for a body that is sent as application/json.
func refuses(t *testing.T, name, why, body string, statuses ...int) {
	t.Run(name, func(t *testing.T) {
		s := openShop(t)
		s.requireRefused(s.post(body), why, statuses...)
	})
}

func TestRefusesWhatIsNotJSON(t *testing.T) {
	refuses(t, "an_empty_body", "the body is empty", ``, 400)
	refuses(t, "an_object_without_its_end", "the object does not end", `{"title":"Emma","pages":474`, 400)
	refuses(t, "a_form", "the body is a form", `title=Emma&pages=474`, 400)
	refuses(t, "text_after_the_object", "text follows the object", emma+` trailing`, 400)
	refuses(t, "a_second_object", "a second object follows", emma+"\n"+emma, 400)
	refuses(t, "a_second_bracket", "the object ends twice", emma+`}`, 400)
}

func TestRefusesOtherJSON(t *testing.T) {
	refuses(t, "null", "the body is null", ` null `, 400, 422)
	refuses(t, "a_list", "the body is a list", `[`+emma+`]`, 400, 422)
	refuses(t, "a_text", "the body is a text", `"Emma"`, 400, 422)
	refuses(t, "an_empty_object", "the object is empty", `{}`, 400, 422)
	refuses(t, "no_title", "there is no title", `{"pages":474}`, 400, 422)
	refuses(t, "an_empty_title", "the title is empty", `{"title":"","pages":474}`, 400, 422)
	refuses(t, "a_title_of_white_space", "the title is white space", `{"title":" \t\n ","pages":474}`, 400, 422)
	refuses(t, "a_title_that_is_null", "the title is null", `{"title":null,"pages":474}`, 400, 422)
	refuses(t, "a_title_that_is_a_number", "the title is a number", `{"title":1984,"pages":328}`, 400, 422)
	refuses(t, "no_pages", "there are no pages", `{"title":"Emma"}`, 400, 422)
	refuses(t, "zero_pages", "pages is 0", `{"title":"Emma","pages":0}`, 400, 422)
	refuses(t, "negative_pages", "pages is negative", `{"title":"Emma","pages":-474}`, 400, 422)
	refuses(t, "more_pages_than_allowed", "pages is more than 20,000", `{"title":"Emma","pages":20001}`, 400, 422)
	refuses(t, "more_pages_than_the_column_holds", "pages does not fit the column", `{"title":"Emma","pages":3000000000}`, 400, 422)
	refuses(t, "pages_with_a_fraction", "pages is no whole number", `{"title":"Emma","pages":474.5}`, 400, 422)
	refuses(t, "pages_in_quotes", "pages is a text", `{"title":"Emma","pages":"474"}`, 400, 422)
	refuses(t, "a_list_of_authors", "the author is a list", `{"title":"Emma","pages":474,"author":["Jane Austen"]}`, 400, 422)
}

func TestRefusesOtherMembers(t *testing.T) {
	for _, member := range []string{`"price":12`, `"is_featured":true`, `"isfeatured":true`, `"IsFeatured":true`, `"IS_FEATURED":true`, `"id":7`, `"created_at":"2001-01-01T00:00:00Z"`} {
		refuses(t, strings.Split(member, `"`)[1], "the object has a member that is not in the contract", `{"title":"Emma","pages":474,`+member+`}`, 400, 422)
	}
}

func TestRefusesOtherMediaTypes(t *testing.T) {
	for name, header := range map[string][]string{
		"none":                      nil,
		"plain_text":                {"Content-Type: text/plain; charset=utf-8"},
		"a_form":                    {"Content-Type: application/x-www-form-urlencoded"},
		"another_name_of_JSON":      {"Content-Type: text/json"},
		"one_that_begins_like_JSON": {"Content-Type: application/json-patch+json"},
		"one_that_mentions_JSON":    {`Content-Type: text/plain; from="application/json"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			a := s.send(wire.Request{Body: emma}, header...)
			s.requireRefused(a, "the media type is another one, or missing", 415)
		})
	}
}

func TestRefusesLargeBodies(t *testing.T) {
	refuses(t, "by_one_byte", "the body has 16,385 bytes", padded(limit+1), 413)
	refuses(t, "of_which_most_is_white_space_at_the_end", "32 KiB come, an object and white space behind it", emma+strings.Repeat(" ", 2*limit-len(emma)), 413)

	t.Run("of_64_MiB", func(t *testing.T) {
		s := openShop(t)
		body := `{"pages":474,"title":"` + strings.Repeat("a", 64<<20) + `"}`

		a := s.send(wire.Request{BodyFrom: strings.NewReader(body)}, "Content-Type: application/json")

		s.requireRefused(a, "the title alone has 64 MiB", 413)
		require.LessOrEqual(t, a.Taken, int64(1<<20), "Of a body that is too large, the server takes no more than 1 MiB (1048576 bytes). This one has more than 64 MiB; so many bytes were taken from the connection.")
	})
}

func TestFailures(t *testing.T) {
	t.Run("the_request_breaks_off", func(t *testing.T) {
		s := openShop(t)
		server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(emma), iotest.ErrReader(errors.New("connection reset by peer"))))
			s.handler.ServeHTTP(w, r)
		}))

		a := server.Send(t, wire.Request{Method: "POST", Path: "/v1/books", Header: []string{"Content-Type: application/json"}, BodyFrom: strings.NewReader(emma)})

		const why = "the request breaks off, so that reading its body fails behind " + emma
		require.NotEqual(t, 201, a.Status, "The status, when "+why)
		s.requireRefused(a, why, a.Status)
	})

	t.Run("the_database_takes_no_row", func(t *testing.T) {
		s := openShop(t)
		s.Exec(`ALTER TABLE books ADD CHECK (title <> 'Emma')`)

		a := s.post(emma)

		require.GreaterOrEqualf(t, a.Status, 500, "The book is one that the contract allows, and the database has refused the row: the status is 500 or above.\n%s", a.Story())
	})
}
