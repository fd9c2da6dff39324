package movemoney_test

import (
	"context"
	_ "embed"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	movemoney "workbook/exercises/03-databases/06-move-money"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// bank is a private database with some accounts, and what the tests ask of its books.
type bank struct {
	*dbtest.DB
	t      *testing.T
	opened map[int64]int64 // account → balance at its opening
}

func openBank(t *testing.T) *bank {
	return &bank{DB: dbtest.New(t, schema), t: t, opened: map[int64]int64{}}
}

// program is a copy of the service: a Store with a pool of its own.
type program struct {
	t     *testing.T
	store *movemoney.Store
}

func (b *bank) program(instruments ...pgtrace.Instrument) program {
	return program{b.t, movemoney.NewStore(b.Pool(dbtest.With(instruments...)))}
}

func (p program) Transfer(ctx context.Context, from, to, amount int64) (err error) {
	p.t.Helper()
	guard.Run(p.t, func() { err = p.store.Transfer(ctx, from, to, amount) })
	return err
}

func (b *bank) account(balance int64) (id int64) {
	id = dbtest.Value[int64](b.DB, `INSERT INTO accounts (balance) VALUES ($1) RETURNING id`, balance)
	b.opened[id] = balance
	return id
}

func (b *bank) balance(account int64) int64 {
	return dbtest.Value[int64](b.DB, `SELECT balance FROM accounts WHERE id = $1`, account)
}

type entry struct{ TransferID, AccountID, Amount int64 }

func (b *bank) entries() []entry {
	return dbtest.Structs[entry](b.DB, `SELECT * FROM entries ORDER BY transfer_id, amount`)
}

// requireBooks fails unless balances, transfers and entries tell the same story.
func (b *bank) requireBooks(t *testing.T, when string) {
	t.Helper()
	for account, opened := range b.opened {
		sum := dbtest.Value[int64](b.DB, `SELECT coalesce(sum(amount), 0)::bigint FROM entries WHERE account_id = $1`, account)
		require.Equalf(t, opened+sum, b.balance(account),
			"A balance must be what its entries add up to. %s account %d, opened with %d, has entries of %+d in all, but not that balance.", when, account, opened, sum)
	}
	uneven := dbtest.Column[int64](b.DB, `
		SELECT t.id FROM transfers t LEFT JOIN entries e ON e.transfer_id = t.id
		GROUP BY t.id HAVING count(e) <> 2 OR sum(e.amount) <> 0`)
	require.Emptyf(t, uneven, "A transfer must have two entries that add up to zero. %s these transfers have not.", when)
}

// unchanged returns a check that nothing has been written since.
func (b *bank) unchanged(t *testing.T) func() {
	const all = `
		SELECT 'account ' || id || ' has ' || balance FROM accounts
		UNION ALL SELECT 'transfer ' || id FROM transfers
		UNION ALL SELECT 'entry of ' || amount || ' for account ' || account_id FROM entries ORDER BY 1`
	before := dbtest.Column[string](b.DB, all)
	return func() {
		t.Helper()
		assert.Equal(t, before, dbtest.Column[string](b.DB, all), "When Transfer returns an error, nothing may have changed.")
	}
}

// cents returns an amount of money from low to high, another one in each run.
func cents(t *testing.T, low, high int64) int64 {
	return seed.New(t).Between(low, high)
}
