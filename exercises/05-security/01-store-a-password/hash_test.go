package password_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	password "workbook/exercises/05-security/01-store-a-password"
	"workbook/exercises/internal/seed"
)

func TestDefaultParams(t *testing.T) {
	var d Params
	call(t, func() { d = password.DefaultParams() }, "DefaultParams()")

	t.Run("cost_what_OWASP_asks_for", func(t *testing.T) {
		enough := false
		for _, least := range []Params{{47104, 1, 1}, {19456, 2, 1}, {12288, 3, 1}, {9216, 4, 1}, {7168, 5, 1}} {
			enough = enough || d.Memory >= least.Memory && d.Time >= least.Time && d.Threads >= 1
		}
		assert.Truef(t, enough, "DefaultParams costs at least one of OWASP's five: m=47104 with t=1, m=19456 with t=2, m=12288 with t=3, m=9216 with t=4, m=7168 with t=5. It returned m=%d, t=%d, p=%d", d.Memory, d.Time, d.Threads)
	})
	t.Run("are_within_the_limits", func(t *testing.T) {
		require.Truef(t, d.Memory <= 65536 && d.Time >= 1 && d.Time <= 16 && d.Threads >= 1 && d.Threads <= 16 && d.Memory >= 8*uint32(d.Threads),
			"DefaultParams promises Params within the limits. It returned m=%d, t=%d, p=%d", d.Memory, d.Time, d.Threads)
		stored := hash(t, password.Hasher{Params: d}, texts[0])
		matches(t, password.Hasher{Params: d}, texts[0], stored, false, "Hash has just written it, with DefaultParams")
	})
}

func TestHash(t *testing.T) {
	t.Run("is_argon2id_of_the_whole_password", func(t *testing.T) {
		for _, pw := range texts {
			stored := hash(t, hasher, pw)
			costs, salt, key := read(t, stored)
			want := argon2.IDKey([]byte(pw), salt, costs.Time, costs.Memory, costs.Threads, 32)
			require.Truef(t, bytes.Equal(want, key), "HASH is argon2id of the whole password, with the salt and the numbers that stand next to it. This one is not:\n%s\nfor the password %.99q", stored, pw)
		}
	})
	t.Run("has_the_costs_of_its_Params", func(t *testing.T) {
		r := seed.New(t)
		params := []Params{{65536, 1, 1}, {8, 16, 1}, {128, 1, 16}} // as much as the limits allow
		for range 20 {
			params = append(params, Params{Memory: uint32(r.Between(128, 300)), Time: uint32(r.Between(1, 5)), Threads: uint8(r.Between(1, 16))})
		}
		for _, p := range params {
			costs, _, _ := read(t, hash(t, password.Hasher{Params: p}, texts[0]))
			require.Truef(t, p == costs, "the m, t and p of the row are the Params of the Hasher. They were %+v, and the row has %+v", p, costs)
		}
	})
	t.Run("has_a_new_salt_of_random_bytes", func(t *testing.T) {
		var zeros, ones [16]byte // the bits that were 0, or 1, in some salt
		seen := map[string]int{}
		for i := range 80 {
			stored := hash(t, hasher, texts[0])
			_, salt, _ := read(t, stored)
			before, twice := seen[string(salt)]
			require.Falsef(t, twice, "each call of Hash has a salt of its own. Call %d had the salt of call %d, for the same password:\n%s", i, before, stored)
			seen[string(salt)] = i
			for j, b := range salt {
				zeros[j] |= ^b
				ones[j] |= b
			}
		}
		for j := range zeros {
			always := ^(zeros[j] & ones[j])
			require.Zerof(t, always, "the salt is 16 random bytes. Over 80 calls, these bits of byte %d were never different: %08b", j, always)
		}
	})
	t.Run("refuses_Params_outside_the_limits", func(t *testing.T) {
		hash(t, hasher, texts[0])
		for _, p := range []Params{
			{}, {Memory: 65537, Time: 1, Threads: 1}, {Memory: 7, Time: 1, Threads: 1}, {Memory: 127, Time: 1, Threads: 16},
			{Memory: 64, Time: 0, Threads: 1}, {Memory: 64, Time: 17, Threads: 1}, {Memory: 64, Time: 1, Threads: 0}, {Memory: 256, Time: 1, Threads: 17},
		} {
			var stored string
			var err error
			call(t, func() { stored, err = password.Hasher{Params: p}.Hash(texts[0]) }, "Hash(%q) with %+v", texts[0], p)
			require.Errorf(t, err, "Hash promises an error when its Params are outside the limits: %+v. It returned %q", p, stored)
		}
	})
}
