package orders_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/wire"
)

const limit = 65_536

// padded is an order of n bytes, with white space in the middle of it.
func padded(n int) string {
	text := of(item{"apple", 1})
	return "{" + strings.Repeat(" ", n-len(text)) + text[1:]
}

func TestRequest(t *testing.T) {
	s := func(t *testing.T) *shop { t.Helper(); return open(t, 100, 100, 100) }
	sends := func(body string, header ...string) wire.Request {
		return wire.Request{Method: "POST", Path: path, Header: header, Body: body}
	}

	t.Run("that_is_no_JSON", func(t *testing.T) {
		s, good := s(t), of(item{"apple", 1})
		for _, body := range []string{"", "{", "email=b@x.io", good[:len(good)-1], good + good, good + "x", good + "]", good + "}", good + ",", strings.Replace(good, ":1}", ":01}", 1), strings.ReplaceAll(good, `"`, `'`)} {
			s.refuses("the body is no JSON text", s.post(body), 400)
		}
	})
	t.Run("that_is_no_order", func(t *testing.T) {
		s, good := s(t), of(item{"apple", 1})
		for _, body := range []string{"[" + good + "]", `"apple"`, "11", "null",
			order(11, "Ann", item{"apple", 1}), order("b@x.io", []int{1}, item{"apple", 1}), of(item{"apple", "1"}), of(item{"apple", 1.5}), of(item{11, 1}),
			strings.Replace(good, ":1}", ":99999999999999999999}", 1), `{"email": "b@x.io", "name": "Ann", "items": {"0": {"sku": "apple", "qty": 1}}}`, `{"email": "b@x.io", "name": "Ann", "items": ["apple"]}`} {
			s.refuses("something in the body is of another type", s.post(body), 400, 422)
		}
	})
	t.Run("in_another_media_type", func(t *testing.T) {
		s := s(t)
		for _, header := range []string{"text/plain", "text/json", "application/jsonp", "application/json-patch+json", "application/vnd.order+json", "text/plain; a=application/json", "application/x-www-form-urlencoded", "*/*", "json"} {
			s.refuses("the body is said to be "+header, s.Send(t, sends(of(item{"apple", 1}), "Content-Type: "+header)), 415)
		}
		s.refuses("the body is said to be nothing", s.Send(t, sends(of(item{"apple", 1}))), 415)
	})
	t.Run("with_parameters_of_the_media_type", func(t *testing.T) {
		s := s(t)
		for _, header := range []string{"application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON", `application/json ; profile="https://x.io/a;b"`} {
			s.takes("the body is said to be "+header, "ann@example.org | Ann | 1 apple", s.Send(t, sends(of(item{"apple", 1}), "Content-Type: "+header)))
		}
	})
	t.Run("of_the_largest_size", func(t *testing.T) {
		s := s(t)
		s.takes("the body has 65,536 bytes", "ann@example.org | Ann | 1 apple", s.post(padded(limit)))
		chunked := wire.Request{Method: "POST", Path: path, Header: []string{asJSON}, BodyFrom: strings.NewReader(padded(limit))}
		s.takes("the body has 65,536 bytes, in chunks", "ann@example.org | Ann | 1 apple", s.Send(t, chunked))
	})
	t.Run("that_is_too_large", func(t *testing.T) {
		s := s(t)
		s.refuses("the body has 65,537 bytes", s.post(padded(limit+1)), 413)
		s.refuses("the body has 65,537 bytes, white space at its end", s.post(padded(limit-9)+strings.Repeat("\n", 10)), 413)
	})
	t.Run("that_is_too_large_and_does_not_say_so", func(t *testing.T) {
		s := s(t)
		for _, n := range []int{limit + 1, 4 << 20} {
			a := s.Send(t, wire.Request{Method: "POST", Path: path, Header: []string{asJSON}, BodyFrom: strings.NewReader(padded(n))})
			s.refuses("the body is too large, and comes in chunks", a, 413)
			require.LessOrEqual(t, a.Taken, int64(1<<20), "Of a body that is too large the server takes at most 1 MiB. So many bytes were taken from the connection.")
		}
	})
	t.Run("for_something_else", func(t *testing.T) {
		s := s(t)
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			a := s.SendJSON(t, method, path, of(item{"apple", 1}))
			require.Equalf(t, 405, a.Status, "The status of a method other than POST.\n%s", a.Story())
			require.Containsf(t, a.Allow(t), "POST", "Allow names the methods that there are.\n%s", a.Story())
		}
		for _, path := range []string{"/", "/v1", "/v1/orders/7", "/v1/order"} {
			a := s.SendJSON(t, "POST", path, of(item{"apple", 1}))
			require.Equalf(t, 404, a.Status, "The status of another path.\n%s", a.Story())
		}
		require.Empty(t, s.stored())
	})
}

func TestTogether(t *testing.T) {
	// together sends an order to each of two copies of the program, which take their steps together.
	together := func(s *shop, body string) ([]wire.Answer, *gate.Gate) {
		g := gate.New(s.t, s.DB, "products")
		answers := make([]wire.Answer, 2)
		call := func(i int) func(context.Context) error {
			server := s.serve(dbtest.With(g))
			return func(context.Context) error {
				answers[i] = server.SendJSON(s.t, "POST", path, body)
				return nil
			}
		}
		for _, err := range g.Run(call(0), call(1)) {
			require.NoError(s.t, err)
		}
		return answers, g
	}
	t.Run("one_gets_the_last_pieces", func(t *testing.T) {
		s := open(t, 3, 50, 0)
		answers, g := together(s, of(item{"pear", 20}, item{"apple", 2}))
		statuses := []int{answers[0].Status, answers[1].Status}
		require.ElementsMatchf(t, []int{201, 409}, statuses, "There are 3 apples, and two customers order 2 at the same time: one of them gets them.%s", g.Story())
		require.Equalf(t, "1 apple, 30 pear, 0 tea", s.stock(), "There were 3 apples and 50 pears. Two customers ordered 2 apples and 20 pears at the same time, and one of them got them.%s", g.Story())
		require.Equal(t, []string{"ann@example.org | Ann | 2 apple, 20 pear"}, s.stored(), "the one order that was answered with 201")
		refused := answers[0]
		if refused.Status == 201 {
			refused = answers[1]
		}
		s.made = 1
		s.refuses("another one was quicker", refused, 409).FaultsAre(t, map[string]string{"/items/1/qty": "out_of_stock"})
	})
	t.Run("both_get_what_is_enough_for_both", func(t *testing.T) {
		s := open(t, 4, 50, 0)
		answers, g := together(s, of(item{"pear", 20}, item{"apple", 2}))
		for _, a := range answers {
			require.Equalf(t, 201, a.Status, "There are 4 apples and 50 pears, and two customers order 2 and 20 at the same time: both get them.%s\n%s", g.Story(), a.Story())
		}
		require.Equalf(t, "0 apple, 10 pear, 0 tea", s.stock(), "There were 4 apples and 50 pears, and two customers got 2 and 20.%s", g.Story())
	})
	t.Run("both_get_the_same_products_in_another_order", func(t *testing.T) {
		s := open(t, 9, 9, 9)
		first, second := s.serve(dbtest.Name("first")), s.serve(dbtest.Name("second"))
		held := lock.Hold(t, s.DB, `SELECT FROM products WHERE sku = 'pear' FOR NO KEY UPDATE`)
		var answers [2]wire.Answer
		post := func(i int, server *wire.Server, items ...item) *lock.Call {
			return lock.Go(t, func() error { answers[i] = server.SendJSON(t, "POST", path, of(items...)); return nil })
		}
		one := post(0, first, item{"apple", 1}, item{"pear", 1}, item{"tea", 1})
		held.WaitBlocked(one, "first")
		two := post(1, second, item{"tea", 1}, item{"pear", 1}, item{"apple", 1})
		held.WaitBlocked(two, "second")
		held.Release()
		require.NoError(t, one.Wait("an order is answered"))
		require.NoError(t, two.Wait("an order is answered"))
		for _, a := range answers {
			require.Equalf(t, 201, a.Status, "Two customers order apple, pear, tea and tea, pear, apple. Both wait until somebody else is done with the pears; then both get what they ordered.\n%s", a.Story())
		}
		require.Equal(t, "7 apple, 7 pear, 7 tea", s.stock(), "what is left of 9 each")
	})
	t.Run("an_order_and_its_pieces_stay", func(t *testing.T) {
		s, steps := open(t, 100, 100, 100), fault.NewSteps(t)
		server := s.serve(dbtest.With(steps))
		post := func() wire.Answer { return server.SendJSON(t, "POST", path, of(item{"apple", 1}, item{"tea", 1})) }
		steps.Count()
		require.Equal(t, http.StatusCreated, post().Status, "an order that nothing disturbs")
		for n := range steps.Seen() {
			require.Equal(t, http.StatusCreated, post().Status, "an order that nothing disturbs")
			steps.LoseReply(n + 1)
			a := post()
			require.Equalf(t, []string{"100 apple", "100 pear", "100 tea"}, dbtest.Column[string](s.DB, `
				SELECT p.stock + coalesce(sum(i.qty), 0) || ' ' || sku FROM products p LEFT JOIN order_items i USING (sku)
				WHERE sku <> 'untouched' GROUP BY sku ORDER BY sku COLLATE "C"`), "The pieces in the stock and in all orders. There were 100 each; the connection broke when the database had done\n\n\t%s\n\n%s", steps.Text(), a.Story())
			for _, stored := range s.stored() {
				require.Equalf(t, "ann@example.org | Ann | 1 apple, 1 tea", stored, "An order is stored as a whole or not at all. The connection broke when the database had done\n\n\t%s\n\n%s", steps.Text(), a.Story())
			}
		}
	})
}
