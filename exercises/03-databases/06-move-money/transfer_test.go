package movemoney_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	movemoney "workbook/exercises/03-databases/06-move-money"
)

func TestTransfer(t *testing.T) {
	t.Run("moves_the_amount", func(t *testing.T) {
		bank := openBank(t)
		from, to, bystander := bank.account(1000), bank.account(50), bank.account(7)
		amount := cents(t, 1, 999)

		require.NoError(t, bank.program().Transfer(t.Context(), from, to, amount))

		assert.Equal(t, 1000-amount, bank.balance(from), "balance of the sender after %d of 1000 were sent", amount)
		assert.Equal(t, 50+amount, bank.balance(to), "balance of the receiver, who had 50, after %d were sent", amount)
		assert.EqualValues(t, 7, bank.balance(bystander), "balance of an account that took no part")
	})

	t.Run("writes_one_transfer_with_two_entries", func(t *testing.T) {
		bank := openBank(t)
		from, to := bank.account(1000), bank.account(50)
		amount := cents(t, 1, 999)

		require.NoError(t, bank.program().Transfer(t.Context(), from, to, amount))

		entries := bank.entries()
		require.Len(t, entries, 2, "entries after one transfer")
		transfer := entries[0].TransferID
		assert.Equal(t, []entry{{transfer, from, -amount}, {transfer, to, amount}}, entries,
			"one transfer from account %d to %d must have an entry of minus the amount and one of plus the amount", from, to)
	})

	t.Run("empties_an_account", func(t *testing.T) {
		bank := openBank(t)
		amount := cents(t, 1, 999)
		from, to := bank.account(amount), bank.account(0)

		require.NoError(t, bank.program().Transfer(t.Context(), from, to, amount), "all that is on the account may be sent")

		assert.Zero(t, bank.balance(from), "balance of the sender")
		assert.Equal(t, amount, bank.balance(to), "balance of the receiver")
	})

	t.Run("keeps_every_cent_of_a_large_balance", func(t *testing.T) {
		const large = 1<<53 + 1 // the first whole number that a float64 cannot hold
		bank := openBank(t)
		from, to := bank.account(large), bank.account(large)

		require.NoError(t, bank.program().Transfer(t.Context(), from, to, 2))

		assert.EqualValues(t, large-2, bank.balance(from), "balance of the sender, who had %d and sent 2", large)
		assert.EqualValues(t, large+2, bank.balance(to), "balance of the receiver, who had %d and got 2", large)
	})
}

func TestRefuses(t *testing.T) {
	// refused calls Transfer and requires the error, and books as they were before.
	refused := func(t *testing.T, bank *bank, from, to, amount int64, want error) {
		t.Helper()
		unchanged := bank.unchanged(t)
		err := bank.program().Transfer(t.Context(), from, to, amount)
		assert.ErrorIsf(t, err, want, "Transfer of %d from account %d to account %d", amount, from, to)
		unchanged()
	}

	t.Run("more_than_the_balance", func(t *testing.T) {
		bank := openBank(t)
		balance := cents(t, 1, 999)
		refused(t, bank, bank.account(balance), bank.account(0), balance+1, movemoney.ErrInsufficient)
	})

	t.Run("the_same_account_twice", func(t *testing.T) {
		bank := openBank(t)
		account := bank.account(100)
		refused(t, bank, account, account, 10, movemoney.ErrSameAccount)
	})

	t.Run("an_amount_of_zero", func(t *testing.T) {
		bank := openBank(t)
		refused(t, bank, bank.account(100), bank.account(100), 0, movemoney.ErrAmount)
	})

	t.Run("a_negative_amount", func(t *testing.T) {
		bank := openBank(t)
		refused(t, bank, bank.account(100), bank.account(100), -cents(t, 1, 99), movemoney.ErrAmount)
	})

	t.Run("an_unknown_sender", func(t *testing.T) {
		bank := openBank(t)
		known := bank.account(100)
		refused(t, bank, known+1, known, 10, movemoney.ErrUnknownAccount)
	})

	t.Run("an_unknown_receiver", func(t *testing.T) {
		bank := openBank(t)
		known := bank.account(100)
		refused(t, bank, known, known+1, 10, movemoney.ErrUnknownAccount)
	})

	t.Run("a_balance_beyond_the_largest_bigint", func(t *testing.T) {
		bank := openBank(t)
		from, to := bank.account(100), bank.account(math.MaxInt64-9)
		unchanged := bank.unchanged(t)

		err := bank.program().Transfer(t.Context(), from, to, 10)

		require.Error(t, err, "the receiver's balance would be 1 more than a bigint holds")
		for _, other := range []error{movemoney.ErrAmount, movemoney.ErrSameAccount, movemoney.ErrUnknownAccount, movemoney.ErrInsufficient} {
			assert.NotErrorIs(t, err, other, "a sum that a bigint does not hold is none of the four errors")
		}
		unchanged()
	})

	t.Run("what_the_database_refuses_at_the_commit", func(t *testing.T) {
		bank := openBank(t)
		from, to := bank.account(100), bank.account(0)
		bank.Exec(`
			CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN RAISE EXCEPTION 'the books are closed for the audit'; END $$;
			CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON entries
				DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit()`)
		unchanged := bank.unchanged(t)

		err := bank.program().Transfer(t.Context(), from, to, 10)

		require.Error(t, err, "every statement succeeded, and then the database refused the commit: the money has not moved")
		unchanged()
	})

	t.Run("to_start_when_the_context_is_cancelled", func(t *testing.T) {
		bank := openBank(t)
		from, to := bank.account(100), bank.account(0)
		unchanged := bank.unchanged(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		err := bank.program().Transfer(ctx, from, to, 10)

		assert.ErrorIs(t, err, context.Canceled, "Transfer with a cancelled context")
		unchanged()
	})
}
