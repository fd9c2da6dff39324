package oncall_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	oncall "workbook/exercises/03-databases/07-on-call"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/lock"
)

func TestGoOffCall(t *testing.T) {
	t.Run("lets_a_doctor_go_and_then_mails", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true, false)
		elsewhere := func() int64 {
			return dbtest.Value[int64](h.DB, `SELECT count(*) FROM doctors WHERE on_call AND ward_id <> $1`, ward)
		}
		before := elsewhere()
		var mailed []int64
		rota := oncall.NewRota(h.Pool(), func(doctor int64) {
			if t.Context().Err() != nil {
				return // it comes after the end of the test
			}
			mailed = append(mailed, doctor)
			assert.NotContains(t, h.onCall(ward), doctor, "A mail says that the doctor is off call. Another program looked at that moment, and found the doctor among those who are on call: what others cannot see yet can still be undone.")
		})

		err := guard.Call(t, func() error { return rota.GoOffCall(t.Context(), d[0]) })

		require.NoError(t, err, "Two doctors of a ward are on call, and one of them goes.")
		assert.Equal(t, []int64{d[1]}, h.onCall(ward), "who is on call when one of doctors %d and %d has gone", d[0], d[1])
		assert.Equal(t, []departure{{d[0], ward}}, h.departures(), "departures when one doctor has gone")
		assert.Equal(t, []int64{d[0]}, mailed, "who got a mail when one doctor has gone")
		assert.Equal(t, before, elsewhere(), "how many doctors of other wards are on call")
	})

	t.Run("returns_when_the_mail_is_out", func(t *testing.T) {
		h := open(t)
		_, d := h.ward(true, true)
		mailing, goOn, returned := make(chan struct{}), make(chan struct{}), make(chan struct{})
		rota := oncall.NewRota(h.Pool(), func(int64) { close(mailing); <-goOn })
		call := lock.Go(t, func() error { defer close(returned); return rota.GoOffCall(t.Context(), d[0]) })
		early := false
		guard.Run(t, func() {
			select {
			case <-returned:
				early = true
				return
			case <-mailing:
			}
			select {
			case <-returned:
				early = true
			case <-time.After(100 * time.Millisecond): // only code that is wrong in this point uses the time
			}
		})
		close(goOn)
		require.NoError(t, call.Wait("when the mail is out, GoOffCall returns"), "Two doctors of a ward are on call, and one of them goes.")
		require.False(t, early, "nil means that mail was called, and is done. GoOffCall returned before.")
	})

	t.Run("keeps_the_last_doctor", func(t *testing.T) {
		h := open(t) // in other wards, doctors are on call
		_, d := h.ward(false, true, false)
		unchanged := h.unchanged()

		err := h.program().GoOffCall(t.Context(), d[1])

		require.ErrorIs(t, err, oncall.ErrLastOnCall, "The doctor is the only one on call in the ward. Two more of the ward are off call, and other wards have doctors on call.")
		unchanged("")
	})

	t.Run("refuses_a_doctor_who_is_not_on_call", func(t *testing.T) {
		h := open(t)
		for _, others := range []bool{true, false} {
			_, d := h.ward(false, others, others)
			unchanged := h.unchanged()

			err := h.program().GoOffCall(t.Context(), d[0])

			require.ErrorIs(t, err, oncall.ErrNotOnCall, "The doctor is not on call; others in the ward are: %v.", others)
			unchanged("")
		}
	})

	t.Run("refuses_an_unknown_doctor", func(t *testing.T) {
		h := open(t)
		_, d := h.ward(true, true)
		unchanged := h.unchanged()

		err := h.program().GoOffCall(t.Context(), d[1]+1)

		require.ErrorIs(t, err, oncall.ErrUnknownDoctor, "The last doctor in the table is number %d, and number %d wants to go.", d[1], d[1]+1)
		unchanged("")
	})

	t.Run("says_when_the_commit_is_refused", func(t *testing.T) {
		h := open(t)
		_, d := h.ward(true, true)
		h.refuseCommits("departures", 1000, "P0001")
		unchanged := h.unchanged()

		err := h.program().GoOffCall(t.Context(), d[0])

		const what = "Every statement succeeded, and then the database refused the commit. "
		require.Error(t, err, what)
		requireNoneOf(t, err, what)
		unchanged(what)
	})

	t.Run("mails_once_when_commits_fail_for_a_while", func(t *testing.T) {
		h := open(t)
		_, d := h.ward(true, true)
		h.refuseCommits("departures", 2, "40001")

		err := h.program().GoOffCall(t.Context(), d[0])

		h.requireOneStory(d[0], err, "The database refused two commits with SQLSTATE 40001 and would have accepted a third. ")
	})

	t.Run("does_not_start_when_the_context_is_cancelled", func(t *testing.T) {
		h := open(t)
		_, d := h.ward(true, true)
		unchanged := h.unchanged()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		err := h.program().GoOffCall(ctx, d[0])

		require.ErrorIs(t, err, context.Canceled, "GoOffCall with a cancelled context")
		unchanged("")
	})

	t.Run("stops_waiting_when_the_caller_gives_up", func(t *testing.T) {
		h := open(t)
		ward, d := h.ward(true, true)
		unchanged, program := h.unchanged(), h.program()
		ctx, cancel := context.WithCancel(t.Context())
		held := lock.Hold(t, h.DB, fmt.Sprintf(`SELECT FROM doctors WHERE ward_id = %d FOR UPDATE`, ward))
		call := lock.Go(t, func() error { return program.Rota.GoOffCall(ctx, d[0]) })
		held.WaitBlocked(call)

		cancel()

		err := call.Wait("The doctor's row is locked by another program, and the caller gives up while GoOffCall waits for it: the caller gets an answer then")
		require.ErrorIs(t, err, context.Canceled, "The caller gave up while GoOffCall waited for a lock.")
		held.WaitNobody()
		held.Release()
		unchanged("")
	})

	t.Run("does_all_or_nothing_when_the_connection_breaks", func(t *testing.T) {
		h, steps := open(t), fault.NewSteps(t)
		program := h.program(dbtest.With(steps))
		rehearse := func() int {
			_, d := h.ward(true, true)
			steps.Count()
			require.NoError(t, program.GoOffCall(t.Context(), d[0]), "one of two doctors goes, and nothing disturbs")
			return steps.Seen()
		}
		for n := range rehearse() {
			rehearse() // on a new connection, instead of the one that broke
			_, d := h.ward(true, true)
			steps.LoseReply(n + 1)

			err := program.GoOffCall(t.Context(), d[0])

			h.requireOneStory(d[0], err, fmt.Sprintf("The connection broke when the database had done\n\n\t%s\n\nbut before it could say so. ", steps.Text()))
		}
	})
}
