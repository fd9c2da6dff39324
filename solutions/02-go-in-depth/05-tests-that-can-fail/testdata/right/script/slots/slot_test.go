// Right: a table of stories in a small language of its own.

package slots_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
)

var stories = map[string]string{
	"one after the other": `
		book a 10-12 = ok
		book a 8-10 = ok
		book a 12-14 = ok
		book a 11-13 = taken
		book b 10-12 = ok
		free a = 0-8 14-24`,
	"a wide one": `
		book a 10-12 = ok
		book a 9-13 = taken
		book a 10-12 = taken
		book a 10-11 = taken
		free a = 0-10 12-24`,
	"no slot": `
		book a 5-5 = invalid
		book a 6-5 = invalid
		free a = 0-24`,
	"all or none": `
		book a 10-12 = ok
		book b 1-2 a 11-12 c 3-4 = taken
		free b = 0-24
		free c = 0-24
		book b 1-3 b 2-4 = taken
		free b = 0-24`,
	"cancelled": `
		book a 10-12 b 10-12 = ok
		cancel 1 = ok
		cancel 1 = missing
		cancel never = missing
		free a = 0-24
		free b = 0-24
		book b 10-12 a 10-12 = ok
		cancel 1 = missing
		cancel 2 = ok`,
	"nights": `
		book a -3-2 a 22-30 = ok
		free a = 2-22
		book b 0-24 = ok
		free b =
		book c 23-24 c 0-1 = ok
		free c = 1-23`,
	"in Samoa": `
		zone 13
		free a = 0-24
		zone -11
		free a = 0-24`,
	"the caller has gone": `
		book a 10-12 = ok
		gone
		book a 14-16 = gone
		cancel 1 = gone
		free a = gone
		back
		free a = 0-10 12-24`,
}

var words = map[string]error{
	"ok": nil, "taken": slots.ErrTaken, "invalid": slots.ErrInvalid, "missing": slots.ErrNotFound, "gone": context.Canceled,
}

// teller is where a story has got to.
type teller struct {
	store slots.Store
	ctx   context.Context
	zone  *time.Location
	ids   map[string]int64
}

func TestStories(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			w := &teller{slots.Open(t), t.Context(), time.UTC, map[string]int64{"never": 987654321}}
			for line := range strings.Lines(strings.TrimSpace(story)) {
				do, want, _ := strings.Cut(strings.TrimSpace(line), " =")
				if got := w.tell(t, strings.Fields(do), strings.TrimSpace(want)); got != "" {
					t.Fatalf("%s: %s", line, got)
				}
			}
		})
	}
}

func (w *teller) tell(t *testing.T, do []string, want string) string {
	switch do[0] {
	case "gone":
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.ctx = ctx
	case "back":
		w.ctx = t.Context()
	case "zone":
		var hours int
		fmt.Sscan(do[1], &hours)
		w.zone = time.FixedZone("", hours*3600)
	case "book":
		var wanted []slots.Slot
		for i := 1; i < len(do); i += 2 {
			var from, to int
			fmt.Sscanf(do[i+1], "%d-%d", &from, &to)
			wanted = append(wanted, slots.Slot{Room: do[i], From: clock(from), To: clock(to)})
		}
		id, err := w.store.Book(w.ctx, "anybody", wanted...)
		if err == nil {
			w.ids[fmt.Sprint(len(w.ids))] = id
		}
		return verdict(err, want)
	case "cancel":
		return verdict(w.store.Cancel(w.ctx, w.ids[do[1]]), want)
	case "free":
		spans, err := w.store.Free(w.ctx, do[1], clock(12).In(w.zone))
		if err != nil {
			return verdict(err, want)
		}
		var got []string
		for _, s := range spans {
			got = append(got, fmt.Sprintf("%v-%v", s.From.Sub(clock(0)).Hours(), s.To.Sub(clock(0)).Hours()))
		}
		if text := strings.Join(got, " "); text != want {
			return "it is free at " + text
		}
	}
	return ""
}

func verdict(err error, want string) string {
	if expected, known := words[want]; !known || !errors.Is(err, expected) {
		return fmt.Sprintf("got %v", err)
	}
	return ""
}

func clock(hour int) time.Time { return time.Date(2030, 1, 1, hour, 0, 0, 0, time.UTC) }

func TestTwoServers(t *testing.T) {
	service := slots.Open(t)
	booked := make(chan int, 3)
	var calls []func(context.Context, slots.Store) error
	for i := range 3 {
		calls = append(calls, func(ctx context.Context, store slots.Store) error {
			_, err := store.Book(ctx, "anybody", slots.Slot{Room: "a", From: clock(10 + i), To: clock(13 + i)})
			if err == nil {
				booked <- i
			} else if errors.Is(err, slots.ErrTaken) {
				err = nil
			}
			return err
		})
	}
	if err := errors.Join(service.AtOnce(calls...)...); err != nil {
		t.Fatal(err)
	}
	select {
	case <-booked:
	case <-time.After(time.Minute):
		t.Fatal("nobody got it")
	}
	if len(booked) != 0 {
		t.Fatal("more than one got it")
	}
}
