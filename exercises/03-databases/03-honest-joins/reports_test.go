package honestjoins_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	honestjoins "workbook/exercises/03-databases/03-honest-joins"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/seed"
)

var (
	revenueByOrder         = report[honestjoins.OrderRevenue]((*honestjoins.Reports).RevenueByOrder)
	customersWithoutOrders = report[honestjoins.Customer]((*honestjoins.Reports).CustomersWithoutOrders)
	latestOrderPerCustomer = report[honestjoins.LatestOrder]((*honestjoins.Reports).LatestOrderPerCustomer)
	topThreePerCategory    = report[honestjoins.TopProduct]((*honestjoins.Reports).TopThreePerCategory)
	averageBasket          = report[honestjoins.CustomerBasket]((*honestjoins.Reports).AverageBasketIncludingZero)
)

func TestRevenueByOrder(t *testing.T) {
	t.Run("two_lines_and_three_payments", func(t *testing.T) {
		revenueByOrder.check(t, corner(order{id: 1, customer: 1, placed: noon,
			lines: []line{{1, 1, 2000}, {2, 2, 500}}, payments: []payment{{1500, true}, {1000, true}, {500, true}}}),
			"an order with two lines and three payments is worth its two lines, and was paid its three payments",
			honestjoins.OrderRevenue{OrderID: 1, OrderedCents: 3000, PaidCents: 3000, Payments: 3})
	})

	t.Run("lines_and_payments_of_the_same_amount", func(t *testing.T) {
		revenueByOrder.check(t, corner(order{id: 1, customer: 1, placed: noon,
			lines: []line{{1, 1, 700}, {1, 1, 700}}, payments: []payment{{700, true}, {700, true}}}),
			"two lines of 700 are 1400, and so are two payments of 700",
			honestjoins.OrderRevenue{OrderID: 1, OrderedCents: 1400, PaidCents: 1400, Payments: 2})
	})

	t.Run("an_order_without_lines_or_payments", func(t *testing.T) {
		revenueByOrder.check(t, corner(order{id: 1, customer: 1, placed: noon}, order{id: 2, placed: noon, lines: []line{{1, 1, 50}}}),
			"every order is in the list, and what is missing counts as 0",
			honestjoins.OrderRevenue{OrderID: 1}, honestjoins.OrderRevenue{OrderID: 2, OrderedCents: 50})
	})

	t.Run("payments_that_are_not_settled", func(t *testing.T) {
		revenueByOrder.check(t, corner(
			order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 900}}, payments: []payment{{900, false}}},
			order{id: 2, customer: 1, placed: noon, lines: []line{{1, 1, 900}}, payments: []payment{{400, true}, {500, false}}}),
			"a payment that is not settled does not count, and its order stays in the list",
			honestjoins.OrderRevenue{OrderID: 1, OrderedCents: 900},
			honestjoins.OrderRevenue{OrderID: 2, OrderedCents: 900, PaidCents: 400, Payments: 1})
	})

	t.Run("a_cancelled_order_and_a_guest's", func(t *testing.T) {
		revenueByOrder.check(t, corner(
			order{id: 1, customer: 1, placed: noon, cancelled: true, lines: []line{{1, 1, 900}}, payments: []payment{{900, true}}},
			order{id: 2, placed: noon, lines: []line{{1, 3, 100}}}),
			"every order is in the list: a cancelled one, and one without a customer, too",
			honestjoins.OrderRevenue{OrderID: 1, OrderedCents: 900, PaidCents: 900, Payments: 1},
			honestjoins.OrderRevenue{OrderID: 2, OrderedCents: 300})
	})

	t.Run("amounts_beyond_four_bytes", func(t *testing.T) {
		revenueByOrder.check(t, corner(order{id: 1, customer: 1, placed: noon,
			lines: []line{{1, 3, 2_000_000_000}}, payments: []payment{{6_000_000_000, true}}}),
			"three times 20 million euros are 60 million euros",
			honestjoins.OrderRevenue{OrderID: 1, OrderedCents: 6_000_000_000, PaidCents: 6_000_000_000, Payments: 1})
	})
}

func TestCustomersWithoutOrders(t *testing.T) {
	ada, ben := honestjoins.Customer{ID: 1, Name: "Ada"}, honestjoins.Customer{ID: 2, Name: "Ben"}

	t.Run("one_has_ordered", func(t *testing.T) {
		customersWithoutOrders.check(t, corner(order{id: 1, customer: 1, placed: noon}, order{id: 2, customer: 1, placed: noon}),
			"a customer without an order is listed, one with an order is not", ben)
	})

	t.Run("a_guest_has_ordered", func(t *testing.T) {
		customersWithoutOrders.check(t, corner(order{id: 1, customer: 1, placed: noon}, order{id: 2, placed: noon}),
			"an order of a guest, who is no customer, changes nothing for the customers", ben)
	})

	t.Run("everybody_has_ordered", func(t *testing.T) {
		customersWithoutOrders.check(t, corner(order{id: 1, customer: 1, placed: noon}, order{id: 2, customer: 2, placed: noon}),
			"when every customer has ordered, the list is empty")
	})

	t.Run("the_order_was_cancelled", func(t *testing.T) {
		customersWithoutOrders.check(t, corner(order{id: 1, customer: 1, placed: noon, cancelled: true, lines: []line{{1, 1, 100}}}),
			"who has cancelled has ordered", ben)
	})

	t.Run("two_customers_of_one_name", func(t *testing.T) {
		s := corner(order{id: 1, customer: 1, placed: noon})
		s.customers = append(s.customers, honestjoins.Customer{ID: 4, Name: "Ada"}, honestjoins.Customer{ID: 3, Name: "Ada"})
		customersWithoutOrders.check(t, s, "customers are told apart by their ids, and listed by name and id",
			honestjoins.Customer{ID: 3, Name: "Ada"}, honestjoins.Customer{ID: 4, Name: "Ada"}, ben)
	})

	t.Run("nobody_has_ordered", func(t *testing.T) {
		customersWithoutOrders.check(t, corner(), "when there are no orders, all customers are listed", ada, ben)
	})
}

func TestLatestOrderPerCustomer(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

	t.Run("the_latest_is_not_the_one_with_the_highest_id", func(t *testing.T) {
		latestOrderPerCustomer.check(t, corner(
			order{id: 1, customer: 1, placed: hour(2), lines: []line{{1, 1, 100}, {2, 2, 50}}}, order{id: 2, customer: 1, placed: hour(1), lines: []line{{1, 1, 900}}},
			order{id: 3, customer: 2, placed: hour(0)}),
			"the latest order of a customer is the one that was placed last, with the sum of its own lines",
			honestjoins.LatestOrder{CustomerID: 1, OrderID: 1, PlacedAt: hour(2), OrderedCents: 200},
			honestjoins.LatestOrder{CustomerID: 2, OrderID: 3, PlacedAt: hour(0)})
	})

	t.Run("two_at_the_same_instant", func(t *testing.T) {
		latestOrderPerCustomer.check(t, corner(
			order{id: 7, customer: 1, placed: hour(1)}, order{id: 9, customer: 1, placed: hour(1), lines: []line{{1, 1, 100}}}, order{id: 8, customer: 1, placed: hour(1)}),
			"of several orders placed at the same instant, the one with the highest id is the latest, and a customer is listed once",
			honestjoins.LatestOrder{CustomerID: 1, OrderID: 9, PlacedAt: hour(1), OrderedCents: 100})
	})

	t.Run("the_latest_was_cancelled", func(t *testing.T) {
		latestOrderPerCustomer.check(t, corner(
			order{id: 1, customer: 1, placed: hour(1), lines: []line{{1, 1, 100}}}, order{id: 2, customer: 1, placed: hour(2), cancelled: true},
			order{id: 3, customer: 2, placed: hour(1), cancelled: true}),
			"a cancelled order does not count: the one before it is the latest then, or the customer is not listed",
			honestjoins.LatestOrder{CustomerID: 1, OrderID: 1, PlacedAt: hour(1), OrderedCents: 100})
	})

	t.Run("guests", func(t *testing.T) {
		latestOrderPerCustomer.check(t, corner(order{id: 1, placed: hour(1)}, order{id: 2, customer: 2, placed: hour(0)}),
			"a guest is no customer",
			honestjoins.LatestOrder{CustomerID: 2, OrderID: 2, PlacedAt: hour(0)})
	})
}

func TestTopThreePerCategory(t *testing.T) {
	// sells is a shop with an order for each product, of so many units; products 1 to 5 are lamps, 6 and 7 desks.
	sells := func(units ...int64) shop {
		s := corner()
		s.categories = []string{"lamps", "desks"}
		s.products = nil
		for i, n := range units {
			p := product{id: int64(i + 1), category: 1}
			if p.id > 5 {
				p.category = 2
			}
			s.products = append(s.products, p)
			if n > 0 {
				s.orders = append(s.orders, order{id: p.id, customer: 1, placed: noon, lines: []line{{p.id, n, 100}}})
			}
		}
		return s
	}

	t.Run("each_category_on_its_own", func(t *testing.T) {
		topThreePerCategory.check(t, sells(4, 9, 6, 5, 7, 1, 2), "each category has its own three places",
			honestjoins.TopProduct{CategoryID: 1, Place: 1, ProductID: 2, Units: 9}, honestjoins.TopProduct{CategoryID: 1, Place: 2, ProductID: 5, Units: 7},
			honestjoins.TopProduct{CategoryID: 1, Place: 3, ProductID: 3, Units: 6},
			honestjoins.TopProduct{CategoryID: 2, Place: 1, ProductID: 7, Units: 2}, honestjoins.TopProduct{CategoryID: 2, Place: 2, ProductID: 6, Units: 1})
	})

	t.Run("as_many_units_of_several_products", func(t *testing.T) {
		topThreePerCategory.check(t, sells(3, 8, 3, 3, 3), "three places are three products: where as many were ordered, the one with the lower id comes first",
			honestjoins.TopProduct{CategoryID: 1, Place: 1, ProductID: 2, Units: 8}, honestjoins.TopProduct{CategoryID: 1, Place: 2, ProductID: 1, Units: 3},
			honestjoins.TopProduct{CategoryID: 1, Place: 3, ProductID: 3, Units: 3})
	})

	t.Run("products_that_nobody_ordered", func(t *testing.T) {
		topThreePerCategory.check(t, sells(0, 2, 0, 0, 0, 0), "what nobody has ordered is not listed",
			honestjoins.TopProduct{CategoryID: 1, Place: 1, ProductID: 2, Units: 2})
	})

	t.Run("pieces_in_many_orders", func(t *testing.T) {
		s := sells(5, 0)
		s.orders = append(s.orders, order{id: 11, customer: 2, placed: noon, lines: []line{{2, 1, 900}, {2, 1, 900}, {2, 1, 900}}}, order{id: 12, placed: noon, lines: []line{{2, 1, 900}}})
		topThreePerCategory.check(t, s, "pieces are counted, in all orders, a guest's too: not lines, and not money",
			honestjoins.TopProduct{CategoryID: 1, Place: 1, ProductID: 1, Units: 5}, honestjoins.TopProduct{CategoryID: 1, Place: 2, ProductID: 2, Units: 4})
	})

	t.Run("a_cancelled_order", func(t *testing.T) {
		s := sells(5, 2, 3)
		s.orders[0].cancelled = true
		topThreePerCategory.check(t, s, "pieces of a cancelled order do not count",
			honestjoins.TopProduct{CategoryID: 1, Place: 1, ProductID: 3, Units: 3}, honestjoins.TopProduct{CategoryID: 1, Place: 2, ProductID: 2, Units: 2})
	})

	t.Run("two_categories_of_one_name", func(t *testing.T) {
		s := sells(1, 2, 3, 4, 5, 6, 7)
		s.categories = []string{"sale", "sale"}
		topThreePerCategory.check(t, s, "categories are told apart by their ids", s.topThree()...)
	})
}

func TestAverageBasket(t *testing.T) {
	t.Run("orders_of_several_lines", func(t *testing.T) {
		averageBasket.check(t, corner(
			order{id: 1, customer: 1, placed: noon, lines: []line{{1, 2, 100}, {2, 1, 400}}, payments: []payment{{100, true}, {500, true}}}, order{id: 2, customer: 1, placed: noon, lines: []line{{1, 1, 200}}},
			order{id: 3, customer: 2, placed: noon, lines: []line{{3, 1, 100}}}),
			"orders of 600 and 200 are 400 on average",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 2, AverageCents: 400}, honestjoins.CustomerBasket{CustomerID: 2, Orders: 1, AverageCents: 100})
	})

	t.Run("a_customer_without_orders", func(t *testing.T) {
		averageBasket.check(t, corner(order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 100}}}),
			"every customer is in the list, with 0 orders when there are none",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 1, AverageCents: 100}, honestjoins.CustomerBasket{CustomerID: 2})
	})

	t.Run("an_order_without_lines", func(t *testing.T) {
		averageBasket.check(t, corner(order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 600}}}, order{id: 2, customer: 1, placed: noon}),
			"an order without lines is an order of 0: 600 and 0 are 300 on average",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 2, AverageCents: 300}, honestjoins.CustomerBasket{CustomerID: 2})
	})

	t.Run("cancelled_orders", func(t *testing.T) {
		averageBasket.check(t, corner(
			order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 600}}}, order{id: 2, customer: 1, placed: noon, cancelled: true, lines: []line{{1, 1, 100}}},
			order{id: 3, customer: 2, placed: noon, cancelled: true, lines: []line{{1, 1, 100}}}),
			"a cancelled order does not count, and its customer stays in the list",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 1, AverageCents: 600}, honestjoins.CustomerBasket{CustomerID: 2})
	})

	t.Run("a_sum_as_large_as_a_bigint", func(t *testing.T) {
		averageBasket.check(t, corner(
			order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, math.MaxInt64 - 1}}}, order{id: 2, customer: 1, placed: noon, lines: []line{{1, 1, 1}}},
			order{id: 3, customer: 2, placed: noon, lines: []line{{1, 1, 5}}}),
			"the sum of what a customer has ordered may be the largest bigint",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 2, AverageCents: 1 << 62}, honestjoins.CustomerBasket{CustomerID: 2, Orders: 1, AverageCents: 5})
	})

	t.Run("half_a_cent", func(t *testing.T) {
		averageBasket.check(t, corner(
			order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 2}}}, order{id: 2, customer: 1, placed: noon, lines: []line{{1, 1, 3}}},
			order{id: 3, customer: 2, placed: noon, lines: []line{{1, 1, 1}}}, order{id: 4, customer: 2, placed: noon}, order{id: 5, customer: 2, placed: noon}),
			"averages are rounded to the nearest cent, a half up: 2 and 3 give 3, while 1, 0 and 0 give 0",
			honestjoins.CustomerBasket{CustomerID: 1, Orders: 2, AverageCents: 3}, honestjoins.CustomerBasket{CustomerID: 2, Orders: 3})
	})
}

func TestAnyShop(t *testing.T) {
	t.Run("revenue_by_order", func(t *testing.T) { anyShop(t, revenueByOrder, shop.revenue) })
	t.Run("customers_without_orders", func(t *testing.T) { anyShop(t, customersWithoutOrders, shop.withoutOrders) })
	t.Run("latest_order_per_customer", func(t *testing.T) { anyShop(t, latestOrderPerCustomer, shop.latest) })
	t.Run("top_three_per_category", func(t *testing.T) { anyShop(t, topThreePerCategory, shop.topThree) })
	t.Run("average_basket", func(t *testing.T) { anyShop(t, averageBasket, shop.averages) })
}

// anyShop compares the report with what it must say of some shops, small and large, whose rows lie in the tables in any order.
func anyShop[T any](t *testing.T, r report[T], want func(shop) []T) {
	db, random := dbtest.New(t, schema), seed.New(t)
	reports := honestjoins.NewReports(db.Pool())
	for _, size := range []int64{0, 3, 80, 80, 80} {
		s := randomShop(random, size)
		s.fill(t, db, random)
		r.compare(t, reports, "the report says of any shop what its rows add up to, in whatever order they lie in the tables", want(s))
	}
}

// randomShop has up to size customers, twice as many orders, and many rows that are alike.
func randomShop(random *seed.Rand, size int64) (s shop) {
	for id := range size {
		s.customers = append(s.customers, honestjoins.Customer{ID: id + 1, Name: seed.Pick(random, "Ada", "Ben", "Cleo")})
	}
	categories, products := size/8+1, size/2+1
	for range categories {
		s.categories = append(s.categories, seed.Pick(random, "lamps", "desks"))
	}
	for id := range products {
		s.products = append(s.products, product{id: id + 1, category: random.Between(1, categories)})
	}
	for id := range 2 * size {
		o := order{id: id + 1, placed: noon.Add(time.Duration(random.Between(0, 2)) * time.Hour), cancelled: random.Chance(0.3)}
		if random.Chance(0.8) {
			o.customer = random.Between(1, size)
		}
		for range random.Between(0, 3) {
			o.lines = append(o.lines, line{random.Between(1, products), random.Between(1, 3), random.Between(0, 9)})
			if random.Chance(0.3) {
				o.lines = append(o.lines, o.lines[0]) // the same once more
			}
		}
		for range random.Between(0, 3) {
			o.payments = append(o.payments, payment{random.Between(1, 9), random.Chance(0.7)})
		}
		s.orders = append(s.orders, o)
	}
	return s
}

func TestEveryReport(t *testing.T) {
	s := corner(order{id: 1, customer: 1, placed: noon, lines: []line{{1, 1, 100}, {2, 1, 100}}, payments: []payment{{100, true}}}, order{id: 2, placed: noon, lines: []line{{1, 1, 50}}})
	calls := func(r *honestjoins.Reports) map[string]func(context.Context) (int, error) {
		return map[string]func(context.Context) (int, error){
			"RevenueByOrder": func(ctx context.Context) (int, error) { rows, err := r.RevenueByOrder(ctx); return len(rows), err },
			"CustomersWithoutOrders": func(ctx context.Context) (int, error) {
				rows, err := r.CustomersWithoutOrders(ctx)
				return len(rows), err
			},
			"LatestOrderPerCustomer": func(ctx context.Context) (int, error) {
				rows, err := r.LatestOrderPerCustomer(ctx)
				return len(rows), err
			},
			"TopThreePerCategory": func(ctx context.Context) (int, error) { rows, err := r.TopThreePerCategory(ctx); return len(rows), err },
			"AverageBasketIncludingZero": func(ctx context.Context) (int, error) {
				rows, err := r.AverageBasketIncludingZero(ctx)
				return len(rows), err
			},
		}
	}

	t.Run("is_one_query", func(t *testing.T) {
		db, spy := dbtest.New(t, schema), &pgtrace.Spy{}
		s.fill(t, db, nil)
		for name, call := range calls(honestjoins.NewReports(db.Pool(dbtest.With(spy)))) {
			spy.Reset()
			_, err := guard.Call2(t, func() (int, error) { return call(t.Context()) })
			require.NoError(t, err, name)
			require.Equal(t, 1, spy.RoundTrips(), "A report shows one moment, so it is one query. %s sent %q.", name, spy.SQL())
		}
	})

	t.Run("gives_up_with_its_context", func(t *testing.T) {
		db := dbtest.New(t, schema)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls(honestjoins.NewReports(db.Pool())) {
			_, err := guard.Call2(t, func() (int, error) { return call(ctx) })
			require.ErrorIs(t, err, context.Canceled, "%s was called with a context that is cancelled", name)
		}
	})

	t.Run("says_when_the_answer_did_not_arrive", func(t *testing.T) {
		db, steps := dbtest.New(t, schema), fault.NewSteps(t)
		s.fill(t, db, nil)
		for name, call := range calls(honestjoins.NewReports(db.Pool(dbtest.With(steps)))) {
			steps.LoseReply(1)
			rows, err := guard.Call2(t, func() (int, error) { return call(t.Context()) })
			require.Error(t, err, "The connection broke before the answer to %s arrived, and it returned %d rows and no error: that looks like an empty shop.", name, rows)
		}
	})
}
