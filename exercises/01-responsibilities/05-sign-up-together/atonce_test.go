package signup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signup "workbook/exercises/01-responsibilities/05-sign-up-together"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/lock"
)

// atOnce has each user sign up through a copy of the program of its own, all at the same time. After each statement a copy
// waits until the others have come as far, wait for a lock, or are done.
func (s *site) atOnce(users ...[2]string) (errs []error, story string) {
	g := gate.New(s.t, s.DB)
	var calls []func(context.Context) error
	for _, u := range users {
		calls = append(calls, call(s.program(dbtest.With(g)), u[0], u[1]))
	}
	errs = g.Run(calls...)
	return errs, g.Story()
}

func TestAtOnce(t *testing.T) {
	oneOf := func(name, promise string, target error, users ...[2]string) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			was := len(s.users())

			errs, story := s.atOnce(users...)

			done := 0
			for _, err := range errs {
				if err == nil {
					done++
				}
			}
			require.Equalf(t, 1, done, "%s. So many of %d succeeded:%s", promise, len(users), story)
			for _, err := range errs {
				if err != nil {
					require.ErrorIsf(t, err, target, "%s.%s", promise, story)
				}
			}
			require.Lenf(t, s.users(), was+1, "%s. The rows of users now:%s", promise, story)
		})
	}
	oneOf("two_with_one_address", "Two sign up with lin@example.com at the same time: one succeeds, and the other is told that the address is taken",
		signup.ErrEmailTaken, [2]string{"lin@example.com", "lin"}, [2]string{"lin@example.com", "lu"})
	oneOf("two_with_one_address_in_other_letters", "lin@example.com and LIN@example.com sign up at the same time: one succeeds, and the other is told that the address is taken",
		signup.ErrEmailTaken, [2]string{"lin@example.com", "lin"}, [2]string{"LIN@example.com", "lu"})
	oneOf("two_with_one_username", "Two sign up as lin at the same time: one succeeds, and the other is told that the username is taken",
		signup.ErrUsernameTaken, [2]string{"lin@example.com", "lin"}, [2]string{"lu@example.com", "lin"})
	oneOf("five_with_one_address", "Five sign up with lin@example.com at the same time: one succeeds, and the others are told that the address is taken",
		signup.ErrEmailTaken, [2]string{"lin@example.com", "a"}, [2]string{"lin@example.com", "b"}, [2]string{"Lin@example.com", "c"}, [2]string{"lin@example.com", "d"}, [2]string{"LIN@example.com", "e"})

	t.Run("three_who_have_nothing_in_common", func(t *testing.T) {
		s := openSite(t)
		was := len(s.users())

		errs, story := s.atOnce([2]string{"lin@example.com", "lin"}, [2]string{"lu@example.com", "lu"}, [2]string{"max@example.com", "max"})

		for _, err := range errs {
			require.NoErrorf(t, err, "three with different addresses and usernames sign up at the same time: all succeed.%s", story)
		}
		require.Len(t, s.users(), was+3, "rows of users when three more have signed up")
	})
}

func TestNotYetCommitted(t *testing.T) {
	const other = `INSERT INTO users (email, username) VALUES ('LIN@example.com', 'lu')`

	t.Run("the_other_one_gives_up", func(t *testing.T) {
		s := openSite(t)
		held := lock.Hold(t, s.DB, other)
		returned := make(chan struct{})
		c := lock.Go(t, func() error { defer close(returned); return call(s.store, "lin@example.com", "lin")(t.Context()) })
		held.WaitBlocked(c)
		select {
		case <-returned: // it has lost patience, and the error is looked at below
		case <-time.After(300 * time.Millisecond):
		}

		held.Release()

		err := c.Wait("when the other one has given up, Register goes on")
		require.NoError(t, err, "somebody was about to take LIN@example.com, and has rolled back: the address is free")
	})

	t.Run("the_other_one_commits", func(t *testing.T) {
		s := openSite(t)
		held := lock.Hold(t, s.DB, other)
		c := lock.Go(t, func() error { return call(s.store, "lin@example.com", "lin")(t.Context()) })
		held.WaitBlocked(c)

		held.Commit()

		err := c.Wait("when the other one has committed, Register goes on")
		require.ErrorIs(t, err, signup.ErrEmailTaken, "somebody has taken LIN@example.com while Register waited")
	})

	t.Run("the_caller_gives_up", func(t *testing.T) {
		s := openSite(t)
		held := lock.Hold(t, s.DB, other)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := lock.Go(t, func() error { return call(s.store, "lin@example.com", "lin")(ctx) })
		held.WaitBlocked(c)

		cancel()

		err := c.Wait("when the caller gives up while Register waits, it returns")
		require.Truef(t, errors.Is(err, context.Canceled), "the caller has given up while Register waited; it has returned: %v", err)
		held.WaitNobody()
	})
}
