package movemoney_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	movemoney "workbook/exercises/03-databases/06-move-money"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
)

type order struct{ from, to, amount int64 }

// atOnce runs each order in a program of its own, all at the same time. After
// each statement a program waits until the others have come as far, wait for a
// lock, or are done.
func (b *bank) atOnce(orders ...order) (errs []error, story func() string) {
	gate := gate.New(b.t, b.DB)
	var calls []func(context.Context) error
	for _, o := range orders {
		program := b.program(gate)
		calls = append(calls, func(ctx context.Context) error { return program.store.Transfer(ctx, o.from, o.to, o.amount) })
	}
	return gate.Run(calls...), gate.Story
}

func requireAllDone(t *testing.T, errs []error, story func() string) {
	t.Helper()
	for _, err := range errs {
		require.NoErrorf(t, err, "There is money enough for all %d transfers, so each must succeed.%s", len(errs), story())
	}
}

func TestAtOnce(t *testing.T) {
	t.Run("two_transfers_from_one_account", func(t *testing.T) {
		bank := openBank(t)
		from, x, y := bank.account(100), bank.account(0), bank.account(0)

		errs, story := bank.atOnce(order{from, x, 10}, order{from, y, 20})

		requireAllDone(t, errs, story)
		require.EqualValuesf(t, 70, bank.balance(from), "10 and 20 were sent from an account with 100. Both transfers succeeded; this is what is left.%s", story())
		bank.requireBooks(t, "After two transfers at once,")
	})

	t.Run("two_transfers_to_one_account", func(t *testing.T) {
		bank := openBank(t)
		x, y, to := bank.account(100), bank.account(100), bank.account(0)

		errs, story := bank.atOnce(order{x, to, 10}, order{y, to, 20})

		requireAllDone(t, errs, story)
		require.EqualValuesf(t, 30, bank.balance(to), "10 and 20 were sent to an account with nothing. Both transfers succeeded; this has arrived.%s", story())
		bank.requireBooks(t, "After two transfers at once,")
	})

	t.Run("two_transfers_of_the_whole_balance", func(t *testing.T) {
		bank := openBank(t)
		from, x, y := bank.account(100), bank.account(0), bank.account(0)

		errs, story := bank.atOnce(order{from, x, 100}, order{from, y, 100})

		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoErrorf(t, errs[0], "The account has 100 and two transfers want 100 each: one of them must succeed.%s", story())
		require.ErrorIsf(t, errs[1], movemoney.ErrInsufficient, "The account has 100 and two transfers want 100 each: when one has succeeded, this must come of the other.%s", story())
		bank.requireBooks(t, "After two transfers at once,")
	})

	t.Run("two_transfers_in_opposite_directions", func(t *testing.T) {
		bank := openBank(t)
		x, y := bank.account(100), bank.account(100)

		errs, story := bank.atOnce(order{x, y, 10}, order{y, x, 20})

		requireAllDone(t, errs, story)
		require.EqualValuesf(t, 110, bank.balance(x), "An account with 100 has sent 10 and got 20.%s", story())
		bank.requireBooks(t, "After two transfers at once,")
	})

	t.Run("five_transfers_between_the_same_accounts", func(t *testing.T) {
		bank := openBank(t)
		from, to := bank.account(100), bank.account(0)
		o := order{from, to, 10}

		errs, story := bank.atOnce(o, o, o, o, o)

		requireAllDone(t, errs, story)
		require.EqualValuesf(t, 50, bank.balance(from), "10 were sent five times from an account with 100. All succeeded; this is what is left.%s", story())
		bank.requireBooks(t, "After five transfers at once,")
	})
}

func TestBetweenItsStatements(t *testing.T) {
	t.Run("another_program_takes_money_from_the_account", func(t *testing.T) {
		bank, steps := openBank(t), fault.NewSteps(t)
		program := bank.program(steps)
		for n := range bank.rehearse(program, steps) {
			from, to, elsewhere := bank.account(100), bank.account(0), bank.account(0)
			taken := false
			steps.After(n+1, func() { taken = bank.takeAway(from, elsewhere, 60) })

			err := program.Transfer(t.Context(), from, to, 60)

			what := fmt.Sprintf("An account has 100. Transfer was to send 60, and another program took 60 after its statement\n\n\t%s\n\nThe other one succeeded: %v. ", steps.Text(), taken)
			if taken {
				require.ErrorIs(t, err, movemoney.ErrInsufficient, what+"So 40 were left.")
			} else {
				require.NoError(t, err, what+"So all of the money was there.")
			}
			require.EqualValues(t, 40, bank.balance(from), what+"This is left.")
			bank.requireBooks(t, what)
		}
	})

	t.Run("the_connection_breaks", func(t *testing.T) {
		bank, steps := openBank(t), fault.NewSteps(t)
		program := bank.program(steps)
		for n := range bank.rehearse(program, steps) {
			bank.rehearse(program, steps) // on a new connection, instead of the one that broke
			from, to := bank.account(100), bank.account(0)
			steps.LoseReply(n + 1)

			err := program.Transfer(t.Context(), from, to, 40)

			what := fmt.Sprintf("The connection broke when the database had done\n\n\t%s\n\nbut before it could say so, and Transfer returned: %v. ", steps.Text(), err)
			bank.requireBooks(t, what)
			require.Contains(t, []int64{60, 100}, bank.balance(from), what+"The account had 100, and 40 were to be sent, never more than once.")
			if err == nil {
				require.EqualValues(t, 60, bank.balance(from), what+"No error means that the money was moved.")
			}
		}
	})

	t.Run("the_caller_gives_up", func(t *testing.T) {
		bank, steps := openBank(t), fault.NewSteps(t)
		program := bank.program(steps)
		for n := range bank.rehearse(program, steps) {
			from, to := bank.account(100), bank.account(0)
			ctx, cancel := context.WithCancel(t.Context())
			steps.After(n+1, cancel)

			err := program.Transfer(ctx, from, to, 40)

			what := fmt.Sprintf("The context was cancelled after\n\n\t%s\n\nand Transfer returned: %v. ", steps.Text(), err)
			bank.requireBooks(t, what)
			left := map[bool]int64{true: 60, false: 100}[err == nil]
			require.Equal(t, left, bank.balance(from), what+"The account had 100, and 40 were to be sent: with an error nothing may have changed.")
		}
	})
}

// rehearse makes a transfer that nothing disturbs and returns how many
// statements it took, begin and commit included.
func (b *bank) rehearse(program program, steps *fault.Steps) (statements int) {
	b.t.Helper()
	steps.Count()
	require.NoError(b.t, program.Transfer(b.t.Context(), b.account(100), b.account(0), 60), "a transfer that nothing disturbs")
	return steps.Seen()
}

// takeAway is another program: it sends money with statements of its own. It
// gives up where it would have to wait, and says whether it was done.
func (b *bank) takeAway(from, to, amount int64) bool {
	err := b.Try(fmt.Sprintf(`
		BEGIN;
		SET LOCAL lock_timeout = '20ms';
		UPDATE accounts SET balance = balance - %[3]d WHERE id = %[1]d;
		UPDATE accounts SET balance = balance + %[3]d WHERE id = %[2]d;
		WITH transfer AS (INSERT INTO transfers DEFAULT VALUES RETURNING id)
		INSERT INTO entries SELECT transfer.id, e.* FROM transfer, (VALUES (%[1]d, -%[3]d), (%[2]d, %[3]d)) AS e;
		COMMIT`, from, to, amount))
	return err == nil
}
