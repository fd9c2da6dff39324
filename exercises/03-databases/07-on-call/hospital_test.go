package oncall_test

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	oncall "workbook/exercises/03-databases/07-on-call"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

//go:embed schema.sql
var schema string

// hospital is a private database, and the mails that were sent.
type hospital struct {
	*dbtest.DB
	t *testing.T

	mu     sync.Mutex
	mailed []int64
}

// open makes a hospital with a few wards and doctors, so that no two ids agree by chance.
func open(t *testing.T) *hospital {
	h := &hospital{DB: dbtest.New(t, schema, `
		CREATE FUNCTION fail(code text, message text) RETURNS void LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message; END $$`), t: t}
	r := seed.New(t)
	for range r.Between(1, 3) {
		h.ward(true, true, false, true)
	}
	return h
}

// ward adds a ward with doctors who are on call or not.
func (h *hospital) ward(onCall ...bool) (ward int64, doctors []int64) {
	ward = dbtest.Value[int64](h.DB, `INSERT INTO wards (name) VALUES ('a ward') RETURNING id`)
	doctors = dbtest.Column[int64](h.DB, `
		WITH added AS (INSERT INTO doctors (ward_id, on_call) SELECT $1, o.on_call FROM unnest($2::boolean[]) WITH ORDINALITY AS o (on_call, n) ORDER BY n RETURNING id)
		SELECT id FROM added ORDER BY id`, ward, onCall)
	return ward, doctors
}

// refuseCommits makes the database refuse the next n commits that put a row into the table.
func (h *hospital) refuseCommits(table string, n int, code string) {
	h.Exec(fmt.Sprintf(`
		CREATE SEQUENCE commits;
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF nextval('commits') <= %d THEN PERFORM fail('%s', 'the commit is refused'); END IF;
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON %s
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`, n, code, table))
}

// program is a copy of the service: a Rota with a pool of its own.
type program struct {
	*oncall.Rota
	t *testing.T
}

func (h *hospital) program(options ...dbtest.Option) program {
	return program{oncall.NewRota(h.Pool(options...), func(doctor int64) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.mailed = append(h.mailed, doctor)
	}), h.t}
}

func (p program) GoOffCall(ctx context.Context, doctor int64) error {
	p.t.Helper()
	return guard.Call(p.t, func() error { return p.Rota.GoOffCall(ctx, doctor) })
}

func (h *hospital) onCall(ward int64) []int64 {
	return dbtest.Column[int64](h.DB, `SELECT id FROM doctors WHERE ward_id = $1 AND on_call ORDER BY id`, ward)
}

type departure struct{ DoctorID, WardID int64 }

func (h *hospital) departures() []departure {
	return dbtest.Structs[departure](h.DB, `SELECT doctor_id, ward_id FROM departures ORDER BY id`)
}

func (h *hospital) mails() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]int64{}, h.mailed...)
}

// unchanged returns a check that nothing has been written, and nobody mailed, since.
func (h *hospital) unchanged() func(what string) {
	const all = `
		SELECT 'doctor ' || id || ' on call: ' || on_call FROM doctors
		UNION ALL SELECT 'departure of doctor ' || doctor_id FROM departures ORDER BY 1`
	before, mails := dbtest.Column[string](h.DB, all), h.mails()
	return func(what string) {
		h.t.Helper()
		assert.Equal(h.t, before, dbtest.Column[string](h.DB, all), "%sWith an error nothing may have changed.", what)
		assert.Equal(h.t, mails, h.mails(), "%sWith an error nobody may get a mail. These doctors got one.", what)
	}
}

// requireOneStory fails unless a doctor's row, the departures and the mails tell of the same answer.
func (h *hospital) requireOneStory(doctor int64, err error, what string) {
	h.t.Helper()
	off := !dbtest.Value[bool](h.DB, `SELECT on_call FROM doctors WHERE id = $1`, doctor)
	departures := dbtest.Value[int64](h.DB, `SELECT count(*) FROM departures WHERE doctor_id = $1`, doctor)
	mails := 0
	for _, mailed := range h.mails() {
		if mailed == doctor {
			mails++
		}
	}
	require.EqualValues(h.t, map[bool]int64{true: 1}[off], departures, "%sThe doctor is off call: %v. This is how many departures were written.", what, off)
	require.Equal(h.t, map[bool]int{true: 1}[err == nil], mails, "%sGoOffCall returned: %v. This is how many mails were sent; there must be one for nil, and none for an error.", what, err)
	if err == nil {
		require.True(h.t, off, "%sGoOffCall returned nil, but the doctor is still on call.", what)
	}
	requireNoneOf(h.t, err, what)
}

// requireNoneOf fails when an error of another kind is one of the three.
func requireNoneOf(t *testing.T, err error, what string) {
	t.Helper()
	for _, other := range []error{oncall.ErrUnknownDoctor, oncall.ErrNotOnCall, oncall.ErrLastOnCall} {
		require.NotErrorIs(t, err, other, "%sThe doctor was known, on call, and not the last one.", what)
	}
}
