package refusenonsense_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	refusenonsense "workbook/exercises/01-responsibilities/01-refuse-nonsense"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// order is what another endpoint takes.
type order struct {
	Number int64  `json:"number"`
	Note   string `json:"note"`
	Urgent bool   `json:"urgent"`
}

// decode sends a body to a handler that calls DecodeJSON and then answers 299.
func decode(t *testing.T, max int64, mediaType, body string) (o order, err error) {
	t.Helper()
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o, err = refusenonsense.DecodeJSON[order](w, r, max)
		w.WriteHeader(299)
	}))
	a := server.Send(t, wire.Request{Method: "POST", Path: "/orders", Header: []string{"Content-Type: " + mediaType}, Body: body})
	require.Equalf(t, 299, a.Status, "The caller of DecodeJSON sends the answer, here with the status 299; DecodeJSON sends nothing.\n%s", a.Story())
	return o, err
}

func TestDecodeJSON(t *testing.T) {
	t.Run("returns_the_object", func(t *testing.T) {
		random := seed.New(t)
		want := order{random.Between(1, 1<<53), random.Awkward(), random.Chance(0.5)}
		body, err := json.Marshal(want)
		require.NoError(t, err)

		got, err := decode(t, 4096, "application/json", string(body))

		require.NoErrorf(t, err, "The body is %s.", body)
		require.Equalf(t, want, got, "The body is %s.", body)
	})

	takes := func(name, body string, max int, want order) {
		t.Run(name, func(t *testing.T) {
			got, err := decode(t, int64(max), "application/json", body)

			story := fmt.Sprintf("A T has the members number, note and urgent; the body is %s of %d bytes, and max is %d.", short(body), len(body), max)
			require.NoError(t, err, story)
			require.Equal(t, want, got, story)
		})
	}
	takes("takes_an_object_that_lacks_members", `{}`, 100, order{})
	takes("takes_zero_values", `{"number":0,"note":"","urgent":false}`, 100, order{})
	takes("takes_as_much_as_max", `{"number":7}`, len(`{"number":7}`), order{Number: 7})
	takes("takes_more_than_the_endpoint_for_books", `{"number":7`+strings.Repeat(" ", 4*limit)+`}`, 8*limit, order{Number: 7})

	all := []error{refusenonsense.ErrMediaType, refusenonsense.ErrTooLarge, refusenonsense.ErrBadBody}
	reports := func(name string, want error, mediaType, body string, max int) {
		t.Run(name, func(t *testing.T) {
			_, err := decode(t, int64(max), mediaType, body)

			story := fmt.Sprintf("A T has the members number, note and urgent; the body is %s as %s, and max is %d. DecodeJSON has returned the error: %v", body, mediaType, max, err)
			for _, other := range all {
				if other == want {
					require.ErrorIs(t, err, want, story)
				} else {
					require.NotErrorIs(t, err, other, story)
				}
			}
		})
	}
	reports("reports_another_media_type", refusenonsense.ErrMediaType, "text/plain", `{"number":7}`, 100)
	reports("reports_a_byte_more_than_max", refusenonsense.ErrTooLarge, "application/json", `{"number":7}`, len(`{"number":7}`)-1)
	reports("reports_half_an_object", refusenonsense.ErrBadBody, "application/json", `{"number":`, 100)
	reports("reports_a_second_object", refusenonsense.ErrBadBody, "application/json", `{"number":7} {"number":8}`, 100)
	reports("reports_null", refusenonsense.ErrBadBody, "application/json", `null`, 100)
	reports("reports_a_member_that_T_does_not_have", refusenonsense.ErrBadBody, "application/json", `{"number":7,"title":"Emma"}`, 100)
	reports("reports_a_value_of_another_kind", refusenonsense.ErrBadBody, "application/json", `{"number":"7"}`, 100)
}
