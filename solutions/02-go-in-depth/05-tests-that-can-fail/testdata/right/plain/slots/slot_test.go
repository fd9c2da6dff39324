// Right: one function for each promise, at the same time, with nothing but package testing.

package slots_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
)

var midnight = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return midnight.Add(time.Duration(n) * time.Hour) }

func in(room string, from, to int) slots.Slot { return slots.Slot{room, hour(from), hour(to)} }

func must(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func try(s slots.Store, wanted ...slots.Slot) error {
	_, err := s.Book(context.Background(), "Grace", wanted...)
	return err
}

func mustBeFree(t *testing.T, s slots.Store, room string, when time.Time, want ...int) {
	t.Helper()
	spans, err := s.Free(t.Context(), room, when)
	must(t, err, nil)
	var got []int
	for _, span := range spans {
		got = append(got, int(span.From.Sub(midnight)/time.Hour), int(span.To.Sub(midnight)/time.Hour))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s is free at the hours %v, want %v", room, got, want)
	}
}

func TestASlotThatIsTaken(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	must(t, try(s, in("hall", 10, 13)), nil)
	for from := 8; from < 15; from++ {
		for to := from + 1; to < 16; to++ {
			if to > 10 && from < 13 {
				must(t, try(s, in("hall", from, to)), slots.ErrTaken)
			}
		}
	}
	must(t, try(s, in("attic", 10, 13)), nil)
	mustBeFree(t, s, "hall", midnight, 0, 10, 13, 24)
}

func TestSlotsThatTouch(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	for _, from := range []int{12, 10, 14, 8} {
		must(t, try(s, in("hall", from, from+2)), nil)
	}
	mustBeFree(t, s, "hall", midnight, 0, 8, 16, 24)
}

func TestSlotsThatAreNone(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	must(t, try(s, in("hall", 10, 10)), slots.ErrInvalid)
	must(t, try(s, in("hall", 11, 10)), slots.ErrInvalid)
	must(t, try(s, in("hall", 5, 6), in("hall", 11, 9)), slots.ErrInvalid)
	mustBeFree(t, s, "hall", midnight, 0, 24)
}

func TestAllOrNone(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	must(t, try(s, in("hall", 10, 12)), nil)
	must(t, try(s, in("attic", 10, 12), in("hall", 11, 12)), slots.ErrTaken)
	mustBeFree(t, s, "attic", midnight, 0, 24)
	must(t, try(s, in("attic", 10, 12), in("attic", 11, 14)), slots.ErrTaken)
	mustBeFree(t, s, "attic", midnight, 0, 24)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	id, err := s.Book(t.Context(), "Grace", in("hall", 1, 2), in("attic", 1, 2))
	must(t, err, nil)
	must(t, s.Cancel(t.Context(), id+1), slots.ErrNotFound)
	must(t, s.Cancel(t.Context(), id), nil)
	must(t, s.Cancel(t.Context(), id), slots.ErrNotFound)
	mustBeFree(t, s, "hall", midnight, 0, 24)
	must(t, try(s, in("attic", 1, 2)), nil)
	must(t, try(s, in("hall", 1, 2)), nil)
}

func TestDays(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	must(t, try(s, in("hall", 22, 26), in("hall", -1, 1)), nil)
	for zone := -14; zone <= 14; zone += 7 {
		mustBeFree(t, s, "hall", hour(12).In(time.FixedZone("", zone*3600)), 1, 22)
	}
	mustBeFree(t, s, "hall", midnight, 1, 22)
	mustBeFree(t, s, "hall", midnight.Add(24*time.Hour-1), 1, 22)
	mustBeFree(t, s, "hall", hour(24), 26, 48)
	must(t, try(s, in("hall", 1, 22)), nil)
	mustBeFree(t, s, "hall", midnight)
}

func TestGone(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	id, err := s.Book(t.Context(), "Grace", in("hall", 1, 2))
	must(t, err, nil)
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	_, err = s.Book(late, "Grace", in("hall", 2, 3))
	must(t, err, context.DeadlineExceeded)
	must(t, s.Cancel(late, id), context.DeadlineExceeded)
	_, err = s.Free(late, "hall", midnight)
	must(t, err, context.DeadlineExceeded)
	mustBeFree(t, s, "hall", midnight, 0, 1, 2, 24)
}

func TestManyServers(t *testing.T) {
	t.Parallel()
	s := slots.Open(t)
	book := func(_ context.Context, server slots.Store) error { return try(server, in("hall", 10, 12)) }
	won := 0
	for _, err := range s.AtOnce(book, book, book) {
		if err == nil {
			won++
			continue
		}
		must(t, err, slots.ErrTaken)
	}
	if won != 1 {
		t.Errorf("%d servers gave the hall away, want 1", won)
	}
	beside := func(from int) func(context.Context, slots.Store) error {
		return func(_ context.Context, server slots.Store) error { return try(server, in("hall", from, from+1)) }
	}
	for _, err := range s.AtOnce(beside(12), beside(13)) {
		must(t, err, nil)
	}
}
