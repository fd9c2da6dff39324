package password_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	password "workbook/exercises/05-security/01-store-a-password"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

type Params = password.Params

// hasher has the cheapest Params there are, for tests that are not about costs.
var hasher = password.Hasher{Params: Params{Memory: 8, Time: 1, Threads: 1}}

// texts are passwords that get lost or cut. NFC and NFKC leave all of them as they are.
var texts = []string{
	"correct horse battery staple", "correct horse battery staple ", " correct horse battery staple", "Correct Horse Battery Staple",
	"", " ", "Zoë & 日本語 🦊", "tab\tand\nline break", "%s $argon2id$ %d", "a\x00b", "a\x00c", "a", "a\x00", string(repeat("long ", 300)),
}

// repeat is text, again and again, until it has so many bytes.
func repeat(text string, size int) []byte {
	long := make([]byte, size)
	for i := range long {
		long[i] = text[i%len(text)]
	}
	return long
}

// running is whether code of the learner still runs: then the next test need not wait for it.
var running atomic.Bool

// call runs code of the learner: a panic, or code that does not return, is a failed test, which then says what was called.
func call(t *testing.T, f func(), what string, args ...any) {
	t.Helper()
	returned := false
	defer func() {
		if !returned {
			t.Logf("the call was "+what, args...)
		}
	}()
	require.False(t, running.Load(), "a call in an earlier test has still not returned")
	running.Store(true)
	guard.Run(t, func() {
		defer running.Store(false)
		f()
	})
	returned = true
}

func hash(t *testing.T, h password.Hasher, pw string) string {
	t.Helper()
	var stored string
	var err error
	call(t, func() { stored, err = h.Hash(pw) }, "Hash(%.80q) with %+v", pw, h.Params)
	require.NoErrorf(t, err, "Hash takes every text, and these Params are within the limits: %+v. The password is %.40q", h.Params, pw)
	return stored
}

// answer is what Verify returns.
type answer struct {
	ok, rehash bool
	err        error
}

func verify(t *testing.T, h password.Hasher, pw, stored string) (a answer) {
	t.Helper()
	call(t, func() { a.ok, a.rehash, a.err = h.Verify(pw, stored) }, "Verify(%.80q, %.300q)", pw, stored)
	return a
}

// matches checks that pw is the password of a row, and whether the row should be replaced.
func matches(t *testing.T, h password.Hasher, pw, stored string, rehash bool, story string, args ...any) {
	t.Helper()
	story = fmt.Sprintf(story, args...)
	a := verify(t, h, pw, stored)
	require.NoErrorf(t, a.err, "Verify takes this row: %s\nThe row is %s", story, stored)
	require.Truef(t, a.ok, "ok is true for the right password: %s\nThe row is %s\nand the password is %.80q", story, stored, pw)
	require.Equalf(t, rehash, a.rehash, "rehash says whether Hash would write another kind of row today, with %+v: %s\nThe row is %s", h.Params, story, stored)
}

// works checks that Verify takes something: code that refuses every row refuses nothing for a reason.
func works(t *testing.T) {
	t.Helper()
	stored := hash(t, hasher, texts[0])
	a := verify(t, hasher, texts[0], stored)
	require.Truef(t, a.ok && a.err == nil, "Verify takes a row that Hash has just written. The row is %s\nand Verify returned ok=%v, and the error %v", stored, a.ok, a.err)
}

// differs checks that pw is a wrong password for a row, which is sound.
func differs(t *testing.T, h password.Hasher, pw, stored, story string, args ...any) {
	t.Helper()
	story = fmt.Sprintf(story, args...)
	a := verify(t, h, pw, stored)
	require.NoErrorf(t, a.err, "a wrong password is no error, the row is sound: %s\nThe row is %s", story, stored)
	require.Falsef(t, a.ok, "ok is false for a wrong password: %s\nThe row is %s\nand Verify took the password %.99q", story, stored, pw)
	require.Falsef(t, a.rehash, "rehash is false when ok is false: %s\nThe row is %s", story, stored)
}

// refuses checks that Verify refuses a row with an error.
func refuses(t *testing.T, pw, stored, story string, args ...any) {
	t.Helper()
	story = fmt.Sprintf(story, args...)
	a := verify(t, hasher, pw, stored)
	require.Errorf(t, a.err, "Verify promises an error for a row outside its form or its limits: %s\nThe row is %.300q\nVerify returned ok=%v and no error", story, stored, a.ok)
	require.Falsef(t, a.ok || a.rehash, "next to an error ok and rehash are false: %s\nThe row is %.300q\nVerify returned ok=%v, rehash=%v, and the error %q", story, stored, a.ok, a.rehash, a.err)
}

// A recipe says how a row is made, without the code of the learner.
type recipe struct {
	m, t      uint32
	p         uint8
	salt, key int // sizes in bytes
}

var cheap = recipe{8, 1, 1, 16, 32}

// parts are salt and hash of a new row. Both contain + and / in base64.
func (c recipe) parts(r *seed.Rand, pw string) (salt, key string) {
	for {
		raw := append([]byte{0xfb, 0xff, 0xbf}, make([]byte, max(c.salt-3, 0))...)[:c.salt]
		for i := 3; i < c.salt; i++ {
			raw[i] = byte(r.Between(0, 255))
		}
		salt = base64.RawStdEncoding.EncodeToString(raw)
		key = base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(pw), raw, c.t, c.m, c.p, uint32(c.key)))
		if c != cheap || regexp.MustCompile(`\+.*/|/.*\+`).MatchString(key) {
			return salt, key
		}
	}
}

func (c recipe) row(r *seed.Rand, pw string) string {
	salt, key := c.parts(r, pw)
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", c.m, c.t, c.p, salt, key)
}

// bcryptRow is a row from the time before argon2id.
func bcryptRow(t *testing.T, pw string, cost int) string {
	t.Helper()
	stored, err := bcrypt.GenerateFromPassword([]byte(pw), cost)
	require.NoError(t, err)
	return string(stored)
}

var form = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9]\d*),t=([1-9]\d*),p=([1-9]\d*)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$`)

// read takes a row apart that Hash has written.
func read(t *testing.T, stored string) (costs Params, salt, key []byte) {
	t.Helper()
	part := form.FindStringSubmatch(stored)
	require.NotNilf(t, part, "Hash promises $argon2id$v=19$m=…,t=…,p=…$SALT$HASH, with 16 and 32 bytes in standard base64 without padding, 22 and 43 characters.\nIt returned %.300q", stored)
	costs = Params{Memory: uint32(number(part[1])), Time: uint32(number(part[2])), Threads: uint8(number(part[3]))}
	salt, err := base64.RawStdEncoding.DecodeString(part[4])
	require.NoError(t, err)
	key, err = base64.RawStdEncoding.DecodeString(part[5])
	require.NoError(t, err)
	return costs, salt, key
}

// number is a decimal number, or the largest there is.
func number(digits string) uint64 {
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return math.MaxUint32
	}
	return n
}
