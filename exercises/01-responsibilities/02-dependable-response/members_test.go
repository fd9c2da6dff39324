package dependableresponse_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/seed"
)

// with returns a book for each of the values, in the order of their ids.
func with[T any](values []T, set func(*book, T)) []book {
	books := make([]book, len(values))
	for i, v := range values {
		books[i] = aBook(int64(101 + i))
		set(&books[i], v)
	}
	return books
}

func TestID(t *testing.T) {
	ids := func(t *testing.T, ids ...int64) []any {
		return openShop(t, with(ids, func(b *book, id int64) { b.ID = id })...).members("id")
	}
	addresses := func(t *testing.T, want ...int64) {
		for i, got := range ids(t, want...) {
			text, isText := got.(string)
			if number, isNumber := got.(float64); isNumber {
				text, isText = strconv.FormatFloat(number, 'f', -1, 64), true
			}
			require.Truef(t, isText, "id is a JSON text or a number. Of book %d came: %v", want[i], got)
			require.Equalf(t, strconv.FormatInt(want[i], 10), text, "A client that keeps JSON numbers as float64 has read the id of book %d, and writes it in decimal digits.", want[i])
		}
	}

	t.Run("is_the_id_of_the_row", func(t *testing.T) {
		addresses(t, 0, 1, 21, 3_000_000, seed.New(t).Between(4e15, 1<<53-1))
	})

	t.Run("is_exact_when_it_is_large", func(t *testing.T) {
		addresses(t, 9007199254740993, 9007199254740995, seed.New(t).Between(901e16, 922e16)|1, math.MaxInt64)
	})

	t.Run("has_one_type_in_all_items", func(t *testing.T) {
		values := ids(t, 1, 1<<53, math.MaxInt64)
		for i, value := range values {
			require.IsTypef(t, values[0], value, "id has the same JSON type in every item. Of book %d came %#v, and of book 1 %#v.", []int64{1, 1 << 53, math.MaxInt64}[i], value, values[0])
		}
	})
}

func TestText(t *testing.T) {
	for member, set := range map[string]func(*book, string){
		"title":  func(b *book, text string) { b.Title = text },
		"author": func(b *book, text string) { b.Author = &text },
	} {
		t.Run(member+"_arrives_letter_for_letter", func(t *testing.T) {
			texts := append(seed.New(t).AllAwkward(), `<script>alert("book's")</script>`, "one\u2028two\u2029three", "bell\a, escape\x1b, delete\x7f", `\u0041 \" \\`, `"}],"items":[{`)
			s := openShop(t, with(texts, set)...)
			for i, got := range s.members(member) {
				require.Equalf(t, texts[i], got, "This is the %s of book %d, and what a client reads.", member, s.books[i].ID)
			}
		})
	}
}

func TestUnknownAuthor(t *testing.T) {
	t.Run("is_null_or_left_out", func(t *testing.T) {
		name, empty := "Jane Austen", ""
		s := openShop(t, with([]*string{nil, &name, nil, &empty, nil, &name, nil}, func(b *book, author *string) { b.Author = author })...)
		items, a := s.items()
		_, first := items[0]["author"]
		for i, item := range items {
			value, there := item["author"]
			if s.books[i].Author == nil {
				require.Nilf(t, value, "The author of book %d is NULL, so author is null, or left out. Of this book came: %v", s.books[i].ID, item)
				require.Equalf(t, first, there, "The authors of the books 101, 103, 105 and 107 are NULL; author is null in all these items, or left out of all of them.\n%s", a.Story())
			}
		}
	})
}

func TestPrice(t *testing.T) {
	prices := func(t *testing.T, prices ...string) {
		s := openShop(t, with(prices, func(b *book, price string) { b.Price = price })...)
		for i, got := range s.members("price") {
			require.Equalf(t, prices[i], got, "The price of book %d is a text with two decimals, and exact.", s.books[i].ID)
		}
	}

	t.Run("has_two_decimals", func(t *testing.T) {
		random := seed.New(t)
		prices(t, "12.30", "12.00", "0.05", "0.50", "0.00", "1234.50", fmt.Sprintf("%d.%d0", random.Between(1, 999), random.Between(0, 9)))
	})

	t.Run("is_exact", func(t *testing.T) {
		random := seed.New(t)
		prices(t, "0.29", "19.99", "1234567.89", "1234567890123456.78", "9999999999999999.99", fmt.Sprintf("%d.%d%d", random.Between(1e14, 1e16-1), random.Between(0, 9), random.Between(1, 9)))
	})
}

// inUTC is the form of RFC 3339 with Z.
var inUTC = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

func TestPublishedAt(t *testing.T) {
	published := func(t *testing.T, instants ...time.Time) (books []book, texts []string) {
		s := openShop(t, with(instants, func(b *book, at time.Time) { b.PublishedAt = at })...)
		for _, got := range s.members("published_at") {
			texts = append(texts, fmt.Sprint(got))
		}
		return s.books, texts
	}
	sameInstant := func(t *testing.T, instants ...time.Time) {
		books, texts := published(t, instants...)
		for i, text := range texts {
			got, err := time.Parse(time.RFC3339Nano, text)
			require.NoErrorf(t, err, "The published_at of book %d is a date and time by RFC 3339. It came as: %s", books[i].ID, text)
			require.Truef(t, got.Equal(instants[i]), "Book %d was published at %s, and its published_at is that instant.\nThe answer has %s; that is %s in UTC.",
				books[i].ID, instants[i].Format(time.RFC3339Nano), text, got.UTC().Format(time.RFC3339Nano))
		}
	}
	random := func(t *testing.T) time.Time { return seed.New(t).Time(time.Unix(-2e9, 0), time.Unix(4e9, 0)).UTC() }

	t.Run("is_in_UTC_with_Z", func(t *testing.T) {
		books, texts := published(t, time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC), random(t))
		for i, text := range texts {
			require.Regexpf(t, inUTC, text, "The published_at of book %d is a date and time by RFC 3339 with Z at the end. Book %[1]d was published at %[2]s.", books[i].ID, books[i].PublishedAt.Format(time.RFC3339Nano))
		}
	})

	t.Run("is_the_same_instant", func(t *testing.T) {
		sameInstant(t, time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC), time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), random(t).Truncate(time.Second))
	})

	t.Run("is_exact_to_the_microsecond", func(t *testing.T) {
		sameInstant(t, time.Date(2024, 5, 1, 10, 0, 0, 250_000_000, time.UTC), time.Date(2024, 5, 1, 10, 0, 0, 1_000, time.UTC), random(t))
	})
}
