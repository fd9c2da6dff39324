package password_test

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	password "workbook/exercises/05-security/01-store-a-password"
	"workbook/exercises/internal/seed"
)

func TestVerify(t *testing.T) {
	t.Run("takes_what_Hash_wrote", func(t *testing.T) {
		for _, pw := range texts {
			matches(t, hasher, pw, hash(t, hasher, pw), false, "Hash has just written it")
		}
	})
	t.Run("knows_a_wrong_password", func(t *testing.T) {
		r := seed.New(t)
		for i, pw := range texts {
			stored := cheap.row(r, pw)
			for j, other := range texts {
				if i != j {
					differs(t, hasher, other, stored, "the password is %.40q", pw)
				}
			}
			differs(t, hasher, pw+"x", stored, "the password is %.40q, and here is one character more", pw)
			differs(t, password.Hasher{Params: Params{Memory: 64, Time: 2, Threads: 1}}, pw+"x", stored, "the row has other costs than the Hasher")
		}
	})
	t.Run("goes_by_the_numbers_in_the_row", func(t *testing.T) {
		r := seed.New(t)
		for range 30 {
			c := recipe{uint32(r.Between(128, 300)), uint32(r.Between(1, 4)), uint8(r.Between(1, 16)), int(r.Between(8, 48)), int(r.Between(12, 64))}
			matches(t, hasher, texts[0], c.row(r, texts[0]), true, "the Hasher has other Params")
		}
	})
	t.Run("takes_a_row_at_its_limits", func(t *testing.T) {
		r, h := seed.New(t), password.Hasher{Params: Params{Memory: 64, Time: 3, Threads: 1}}
		for _, c := range []recipe{{65536, 1, 1, 16, 32}, {8, 16, 1, 16, 32}, {128, 1, 16, 16, 32}, {64, 1, 1, 8, 32}, {64, 1, 1, 48, 32}, {64, 1, 1, 16, 12}, {64, 1, 1, 16, 64}} {
			matches(t, h, texts[0], c.row(r, texts[0]), true, "m, t, p and the sizes of salt and hash are %+v", c)
		}
	})
	t.Run("never_matches_a_row_that_was_cut_or_changed", func(t *testing.T) {
		r := seed.New(t)
		salt, key := recipe{64, 2, 1, 18, 33}.parts(r, texts[0]) // sizes that leave no bits unused in base64
		stored := fmt.Sprintf("$argon2id$v=19$m=64,t=2,p=1$%s$%s", salt, key)
		matches(t, hasher, texts[0], stored, true, "it was not changed yet")
		for i := range stored {
			for _, changed := range []string{stored[:i], stored[:i] + string(stored[i]^1) + stored[i+1:]} {
				a := verify(t, hasher, texts[0], changed)
				require.Falsef(t, a.ok || a.rehash, "a row matches as it was written, and not when it was cut or changed. Written was\n%s\nand Verify returned ok=%v, rehash=%v for\n%s", stored, a.ok, a.rehash, changed)
			}
		}
	})
}

func TestRehash(t *testing.T) {
	h := password.Hasher{Params: Params{Memory: 256, Time: 3, Threads: 2}}
	for name, other := range map[string][2]recipe{
		"less_or_more_memory":         {{255, 3, 2, 16, 32}, {257, 3, 2, 16, 32}},
		"fewer_or_more_passes":        {{256, 2, 2, 16, 32}, {256, 4, 2, 16, 32}},
		"fewer_or_more_threads":       {{256, 3, 1, 16, 32}, {256, 3, 3, 16, 32}},
		"a_smaller_or_larger_salt":    {{256, 3, 2, 15, 32}, {256, 3, 2, 17, 32}},
		"a_smaller_or_larger_hash":    {{256, 3, 2, 16, 31}, {256, 3, 2, 16, 33}},
		"costs_that_come_to_the_same": {{128, 6, 2, 16, 32}, {768, 1, 2, 16, 32}},
	} {
		t.Run("for_"+name, func(t *testing.T) {
			r := seed.New(t)
			for _, c := range other {
				matches(t, h, texts[0], c.row(r, texts[0]), true, "Hash would write a salt of 16 bytes and a hash of 32 bytes; here m, t, p and the sizes of salt and hash are %+v", c)
			}
		})
	}
	t.Run("not_for_a_row_that_is_as_Hash_writes_it", func(t *testing.T) {
		matches(t, h, texts[0], recipe{256, 3, 2, 16, 32}.row(seed.New(t), texts[0]), false, "all is as Hash would write it")
	})
}

func TestBcrypt(t *testing.T) {
	t.Run("matches_and_asks_for_a_new_row", func(t *testing.T) {
		stored := bcryptRow(t, texts[0], 4)
		for _, prefix := range []string{"$2a$", "$2b$", "$2y$"} {
			matches(t, hasher, texts[0], prefix+stored[4:], true, "it is bcrypt, from %s", prefix)
		}
		matches(t, hasher, texts[0], bcryptRow(t, texts[0], 12), true, "it is bcrypt, of cost 12")
	})
	t.Run("knows_a_wrong_password", func(t *testing.T) {
		stored := bcryptRow(t, texts[0], 4)
		for _, other := range append(texts[1:], texts[0]+"x") {
			differs(t, hasher, other, stored, "it is bcrypt, of %q", texts[0])
		}
	})
	t.Run("never_matches_more_than_72_bytes", func(t *testing.T) {
		for _, text := range []string{"passphrase ", "é", "日本語"} {
			pw := string(repeat(text, 72))
			stored := bcryptRow(t, pw, 4)
			matches(t, hasher, pw, stored, true, "it is bcrypt of a password of 72 bytes")
			for _, more := range []string{"x", " ", "more", strings.Repeat("more", 100)} {
				differs(t, hasher, pw+more, stored, "it is bcrypt of a password of 72 bytes, and this one has %d: the same 72, and %.20q", len(pw+more), more)
			}
		}
	})
	t.Run("never_matches_a_NUL_byte", func(t *testing.T) {
		stored := bcryptRow(t, "secret phrase", 4)
		for _, other := range []string{"secret phrase\x00secret phrase", "secret phrase\x00", "secret phrase\x00secret phrase\x00", "secret phrase\x00x"} {
			differs(t, hasher, other, stored, `it is bcrypt of "secret phrase", without a NUL byte`)
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	r, pw := seed.New(t), texts[0]
	salt, key := cheap.parts(r, pw)
	const prefix = "$argon2id$v=19$m=8,t=1,p=1$"
	good := prefix + salt + "$" + key
	b := bcryptRow(t, pw, 4)
	raw, _ := base64.RawStdEncoding.DecodeString(salt)
	argon2i := base64.RawStdEncoding.EncodeToString(argon2.Key([]byte(pw), raw, 1, 8, 1, 32))
	url := strings.NewReplacer("+", "-", "/", "_")
	params := func(text string) string { return strings.Replace(good, "m=8,t=1,p=1", text, 1) }

	for name, rows := range map[string][]string{
		"no_known_scheme": {
			"", "$", "$$$$$", "$2a$", pw, "$argon2id$", "$argon2id$v=19", "0123456789abcdef0123456789abcdef", "{SSHA}" + key, "$5$" + salt + "$" + key,
			"$scrypt$ln=4,r=8,p=1$" + salt + "$" + key, "$argon2i$v=19$m=8,t=1,p=1$" + salt + "$" + argon2i, strings.Replace(good, "argon2id", "argon2d", 1), strings.Replace(good, "argon2id", "ARGON2ID", 1),
		},
		"another_version":         {strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "v=19", "v=20", 1), strings.Replace(good, "$v=19", "", 1), strings.Replace(good, "v=19", "v=", 1), strings.Replace(good, "v=19", "19", 1)},
		"parameters_in_disorder":  {params("t=1,m=8,p=1"), params("m=8,p=1,t=1"), params("m=8,t=1"), params("m=8,t=1,p=1,p=1"), params("m=8,t=1,p=1,data=eA"), params("m=8, t=1, p=1"), params("m=8;t=1;p=1"), params("8,1,1"), params("")},
		"numbers_in_another_form": {params("m=08,t=1,p=1"), params("m=+8,t=1,p=1"), params("m=8,t=01,p=1"), params("m=8,t=1,p=+1"), params("m=0x8,t=1,p=1"), params("m=8.0,t=1,p=1"), params("m=,t=1,p=1"), params("m=-8,t=1,p=1"), params("m=8,t=1,p=1x")},
		"base64_in_another_form": {
			prefix + salt + "==$" + key, good + "=", prefix + url.Replace(salt) + "$" + key, prefix + salt + "$" + url.Replace(key),
			prefix + salt + "$" + key[:20] + "\n" + key[20:], prefix + salt[:9] + "\r\n" + salt[9:] + "$" + key, prefix + salt + "$" + key + "\n", prefix + salt + "$" + key[:41], prefix + salt + "$!" + key[1:],
		},
		"something_around_it": {" " + good, good + " ", good + "$", good + "$" + key, "x" + good, good[1:], good + good, "{ARGON2ID}" + good, " " + b},
		"a_part_missing":      {prefix + salt, prefix + salt + "$", prefix + "$" + key, prefix + "$", prefix},
		"a_salt_or_hash_of_another_size": {
			recipe{8, 1, 1, 7, 32}.row(r, pw), recipe{8, 1, 1, 49, 32}.row(r, pw), recipe{8, 1, 1, 16, 11}.row(r, pw), recipe{8, 1, 1, 16, 4}.row(r, pw), recipe{8, 1, 1, 16, 65}.row(r, pw),
		},
		"costs_outside_the_limits": {
			recipe{65537, 1, 1, 16, 32}.row(r, pw), recipe{7, 1, 1, 16, 32}.row(r, pw), recipe{127, 1, 16, 16, 32}.row(r, pw), recipe{8, 17, 1, 16, 32}.row(r, pw), recipe{256, 1, 17, 16, 32}.row(r, pw),
			params("m=0,t=1,p=1"), params("m=8,t=0,p=1"), params("m=8,t=1,p=0"),
		},
		"costs_that_need_more_bits": {
			recipe{65537, 1, 1, 16, 32}.row(r, pw), recipe{8, 17, 1, 16, 32}.row(r, pw), // whoever takes these would be busy for hours with the others
			params("m=4294967304,t=1,p=1"), params("m=8,t=4294967297,p=1"), params("m=8,t=1,p=257"), params("m=18446744073709551624,t=1,p=1"), params("m=8,t=1,p=18446744073709551617"),
		},
		"bcrypt_in_another_form": {
			b[:59], b + "x", b + "\n", "$2x$" + b[4:], "$2$" + b[4:], "$2a$4$" + b[7:], "$2a$+4$" + b[7:], "$2a$ 4$" + b[7:], "$2a$04" + b[7:] + ".", "$2a$04." + b[7:], b[:30] + "=" + b[31:], b[:59] + "-", strings.ToUpper(b[:4]) + b[4:],
		},
		"bcrypt_of_another_cost": {"$2a$03$" + b[7:], "$2a$00$" + b[7:], "$2a$13$" + b[7:], "$2a$14$" + b[7:], "$2a$31$" + b[7:], "$2a$99$" + b[7:]},
	} {
		t.Run(name, func(t *testing.T) {
			works(t)
			for _, stored := range rows {
				for _, pw := range []string{pw, strings.Repeat(pw, 80), pw + "\x00"} { // none that bcrypt could not take either
					refuses(t, pw, stored, "a row with %s", strings.ReplaceAll(name, "_", " "))
				}
			}
		})
	}

	t.Run("without_quoting_anything_secret", func(t *testing.T) {
		works(t)
		secret := seed.New(t).Canary()
		for stored, hidden := range map[string]string{
			secret: secret, "$" + secret: secret, "$5$" + secret: secret, "$2a$04$" + secret: secret, "$argon2id$v=19$" + secret: secret, prefix + secret + "$" + key: secret,
			good + "!": key, good + "$x": salt, params("m=65537,t=1,p=1"): key, params("m=x,t=1,p=1"): salt, "$2a$03$" + b[7:]: b[29:], b + "x": b[29:],
		} {
			if a := verify(t, hasher, "my "+secret, stored); a.err != nil {
				require.NotContainsf(t, a.err.Error(), hidden, "errors end up in logs: an error of Verify quotes no salt, hash or plain text from the row. The row is\n%s", stored)
				require.NotContainsf(t, a.err.Error(), "my "+secret, "errors end up in logs: an error of Verify never quotes the password. The row is\n%s", stored)
			}
		}
	})
}

// thrifty checks that f, which calls Verify, allocates little.
func thrifty(t *testing.T, stored string, f func(*testing.T, string)) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f(t, stored)
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	require.Lessf(t, allocated, uint64(1<<20), "Verify refuses a row before it does the work: it allocates less than 1 MiB. It allocated %d KiB for this row of %d bytes:\n%.99s", allocated>>10, len(stored), stored)
}

// Whoever can write a row must not be able to choose how much memory a login takes.
func TestVerifyRefusesEarly(t *testing.T) {
	salt, key := cheap.parts(seed.New(t), texts[0])

	t.Run("a_row_that_asks_for_too_much_memory", func(t *testing.T) {
		works(t)
		for _, costs := range []string{"m=65537,t=1,p=1", "m=131072,t=1,p=4", "m=1048576,t=1,p=1", "m=4194304,t=1,p=1"} { // the first that is taken ends the test
			thrifty(t, "$argon2id$v=19$"+costs+"$"+salt+"$"+key, func(t *testing.T, stored string) {
				refuses(t, texts[0], stored, "a row with %s", costs)
			})
		}
	})
	t.Run("a_row_that_is_very_long", func(t *testing.T) {
		works(t)
		const start, size = "$argon2id$v=19$m=8,t=1,p=1$", 8 << 20
		for _, stored := range []string{
			start + string(repeat("A", size)) + "$" + key, start + salt + "$" + string(repeat("A", size)), "$argon2id$v=19$m=" + string(repeat("1", size)) + ",t=1,p=1$" + salt + "$" + key,
			string(repeat("$", size)), string(repeat("a", size)), "$2a$04$" + string(repeat("a", size)), "$argon2id" + string(repeat("$v=19", size)),
		} {
			thrifty(t, stored, func(t *testing.T, stored string) { verify(t, hasher, texts[0], stored) })
		}
	})
}
