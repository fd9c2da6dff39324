// Right: random calls, each compared with a model in memory; a few tests for what a model cannot show.

package slots_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
	"workbook/exercises/internal/seed"
)

var (
	rooms = []string{"north", "south"}
	start = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
)

const quarters = 3 * 24 * 4 // three days

func quarter(n int) time.Time { return start.Add(time.Duration(n) * 15 * time.Minute) }

// wish is a slot in quarters of an hour.
type wish struct{ room, from, to int }

func (w wish) slot() slots.Slot {
	return slots.Slot{Room: rooms[w.room], From: quarter(w.from), To: quarter(w.to)}
}

// world knows which booking has a room in each quarter of an hour.
type world struct {
	taken [2][quarters]int64
	ids   []int64
}

func (w *world) judge(wishes []wish) error {
	for _, x := range wishes {
		if x.from >= x.to {
			return slots.ErrInvalid
		}
	}
	after := w.taken
	for _, x := range wishes {
		for q := x.from; q < x.to; q++ {
			if after[x.room][q] != 0 {
				return slots.ErrTaken
			}
			after[x.room][q] = 1
		}
	}
	return nil
}

func (w *world) end(id int64) (found bool) {
	for room := range w.taken {
		for q, has := range w.taken[room] {
			if has == id {
				w.taken[room][q], found = 0, true
			}
		}
	}
	return found
}

func (w *world) free(room, day int) (spans [][2]int) {
	for q := day * 96; q < (day+1)*96; q++ {
		switch n := len(spans); {
		case w.taken[room][q] != 0:
		case n > 0 && spans[n-1][1] == q:
			spans[n-1][1]++
		default:
			spans = append(spans, [2]int{q, q + 1})
		}
	}
	return spans
}

func TestAgainstAModel(t *testing.T) {
	r := seed.New(t)
	for range 3 {
		s, w := slots.Open(t), &world{}
		edges := []int{0, 20, 40, 60, 90, 96, 102, 130, 150, 192, 200}
		for range 120 {
			switch n := r.IntN(10); {
			case n < 6:
				var wishes []wish
				var wanted []slots.Slot
				for range 1 + r.IntN(2) {
					x := wish{r.IntN(2), seed.Pick(r, edges...), seed.Pick(r, edges...)}
					if r.Chance(0.8) && x.from > x.to {
						x.from, x.to = x.to, x.from
					}
					wishes, wanted = append(wishes, x), append(wanted, x.slot())
				}
				want := w.judge(wishes)
				id, err := s.Book(t.Context(), r.Name(), wanted...)
				require.ErrorIs(t, err, want, "book %v", wishes)
				if err == nil {
					w.ids = append(w.ids, id)
					for _, x := range wishes {
						for q := x.from; q < x.to; q++ {
							w.taken[x.room][q] = id
						}
					}
				}
			case n < 9 && len(w.ids) > 0:
				id := seed.Pick(r, w.ids...)
				var want error
				if !w.end(id) {
					want = slots.ErrNotFound
				}
				require.ErrorIs(t, s.Cancel(t.Context(), id), want, "cancel %d", id)
			default:
				require.ErrorIs(t, s.Cancel(t.Context(), int64(r.Uint32())<<20), slots.ErrNotFound)
			}
			w.compare(t, r, s)
		}
	}
}

// compare asks for a day, at a random moment of it, in any zone.
func (w *world) compare(t *testing.T, r *seed.Rand, s slots.Store) {
	t.Helper()
	room, day := r.IntN(2), r.IntN(3)
	moment := r.Time(quarter(day*96), quarter(day*96+96)).In(time.FixedZone("", int(r.Between(-14, 14))*3600))
	spans, err := s.Free(t.Context(), rooms[room], moment)
	require.NoError(t, err)
	var got [][2]int
	for _, span := range spans {
		got = append(got, [2]int{int(span.From.Sub(start).Minutes()) / 15, int(span.To.Sub(start).Minutes()) / 15})
	}
	require.Equal(t, w.free(room, day), got, "%s on day %d, asked for as %v", rooms[room], day, moment)
}

func TestAtOnce(t *testing.T) {
	s := slots.Open(t)
	call := func(ctx context.Context, copy slots.Store) error {
		_, err := copy.Book(ctx, "Ada", wish{0, 10, 20}.slot(), wish{1, 30, 40}.slot())
		return err
	}
	errs := s.AtOnce(call, call)
	assert.Contains(t, errs, error(nil), "one of them gets it")
	require.ErrorIs(t, assertOne(errs), slots.ErrTaken)
}

// assertOne returns the one error there is, or nil.
func assertOne(errs []error) (found error) {
	for _, err := range errs {
		if err != nil && found == nil {
			found = err
		}
	}
	return found
}

func TestNoCaller(t *testing.T) {
	s := slots.Open(t)
	id, err := s.Book(t.Context(), "Ada", wish{0, 10, 20}.slot())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Book(ctx, "Ada", wish{0, 30, 40}.slot())
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Free(ctx, rooms[0], start)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Cancel(ctx, id), context.Canceled)
	_, err = s.Book(t.Context(), "Ada", wish{0, 30, 40}.slot())
	require.NoError(t, err, "it was not booked for the caller who has gone")
	require.NoError(t, s.Cancel(t.Context(), id), "it was not cancelled for the caller who has gone")
}
