package oncall_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	oncall "workbook/exercises/03-databases/07-on-call"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/seed"
)

// leave lets each doctor go through a program of its own, all at the same time.
// After each statement a program waits until the others have come as far, wait
// for a lock, or are done.
func (h *hospital) leave(doctors ...int64) (errs []error, story string) {
	gate := gate.New(h.t, h.DB)
	var calls []func(context.Context) error
	for _, doctor := range doctors {
		program := h.program(dbtest.With(gate))
		calls = append(calls, func(ctx context.Context) error { return program.Rota.GoOffCall(ctx, doctor) })
	}
	return gate.Run(calls...), gate.Story()
}

// requireOneStays fails unless all doctors of a ward who were on call have gone but one.
func (h *hospital) requireOneStays(ward int64, errs []error, story string) {
	h.t.Helper()
	stays := h.onCall(ward)
	require.NotEmpty(h.t, stays, "A ward keeps at least one doctor. %d were on call and all tapped at once; now nobody is. They were told: %v.%s", len(errs), errs, story)
	refused := 0
	for _, err := range errs {
		if err != nil {
			refused++
			require.ErrorIs(h.t, err, oncall.ErrLastOnCall, "All %d doctors of a ward tapped at once. One after the other, each of them would go, or be told to be the last.%s", len(errs), story)
		}
	}
	require.Equal(h.t, 1, refused, "All %d doctors of a ward tapped at once. One after the other, all would go but one. So many were refused.%s", len(errs), story)
	require.Len(h.t, stays, 1, "All %d doctors of a ward tapped at once, and one was refused. These are on call.%s", len(errs), story)
	require.Len(h.t, h.departures(), len(errs)-1, "departures, one for each who has gone.%s", story)
	require.Len(h.t, h.mails(), len(errs)-1, "mails, one for each who has gone.%s", story)
}

func TestAtOnce(t *testing.T) {
	t.Run("the_last_two_doctors", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true)
		errs, story := h.leave(seed.Shuffled(seed.New(t), d)...)
		h.requireOneStays(ward, errs, story)
	})

	t.Run("the_last_five_doctors", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true, true, true, true)
		errs, story := h.leave(seed.Shuffled(seed.New(t), d)...)
		h.requireOneStays(ward, errs, story)
	})

	t.Run("two_of_three_doctors", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true, true)

		errs, story := h.leave(d[0], d[1])

		require.NoError(t, errors.Join(errs...), "Three doctors are on call. Two of them tap at once, and the third stays: both may go.%s", story)
		require.Equal(t, d[2:], h.onCall(ward), "who stays.%s", story)
	})

	t.Run("doctors_of_two_wards", func(t *testing.T) {
		h := open(t)
		_, a := h.ward(true, true)
		_, b := h.ward(true, true)

		errs, story := h.leave(a[0], b[1])

		require.NoError(t, errors.Join(errs...), "In each of two wards, one of two doctors taps, at once: both may go.%s", story)
		require.Len(t, h.departures(), 2, "departures, one for each who has gone.%s", story)
	})

	t.Run("one_doctor_taps_twice", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true, true)

		errs, story := h.leave(d[0], d[0])

		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoError(t, errs[0], "A doctor taps twice at once. One of the calls must succeed.%s", story)
		require.ErrorIs(t, errs[1], oncall.ErrNotOnCall, "A doctor taps twice at once. One call has succeeded; one after the other, this comes of the second.%s", story)
		require.Equal(t, []departure{{d[0], ward}}, h.departures(), "departures when a doctor has tapped twice.%s", story)
		require.Equal(t, d[:1], h.mails(), "who got a mail when a doctor has tapped twice.%s", story)
	})

	t.Run("the_last_two_doctors_within_one_statement", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true)
		key := seed.New(t).Int64()
		h.Exec(fmt.Sprintf(`
			CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN PERFORM pg_advisory_xact_lock_shared(%d); RETURN NEW; END $$;
			CREATE TRIGGER wait BEFORE UPDATE ON doctors FOR EACH ROW EXECUTE FUNCTION wait()`, key))
		held := lock.Hold(t, h.DB, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, key))
		var calls []*lock.Call
		for _, doctor := range d {
			name := fmt.Sprintf("phone of doctor %d", doctor)
			program := h.program(dbtest.Name(name))
			calls = append(calls, lock.Go(t, func() error { return program.Rota.GoOffCall(t.Context(), doctor) }))
			held.WaitBlocked(calls[len(calls)-1], name)
		}

		held.Release()

		var errs []error
		for _, call := range calls {
			errs = append(errs, call.Wait("GoOffCall returns when the lock that it waited for is free"))
		}
		h.requireOneStays(ward, errs, "\n\nThe first call was held inside its UPDATE, before it could change the row. The second one was sent\nand came as far, or waited for the first one. Then both went on.")
	})
}
