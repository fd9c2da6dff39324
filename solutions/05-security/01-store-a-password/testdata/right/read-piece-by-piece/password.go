// Right: a small reader takes the row apart from left to right, and stops at the first thing that is wrong.

// Package password keeps passwords as hashes that nobody can read back.
package password

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is too common")
)

type Params struct {
	Memory  uint32
	Time    uint32
	Threads uint8
}

func DefaultParams() Params { return Params{12288, 3, 1} }

type Hasher struct {
	Params Params
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// A reader has an error, or the rest of a row.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New("read row: " + what)
	}
}

// text takes want away.
func (r *reader) text(want string) {
	if rest, ok := strings.CutPrefix(r.rest, want); ok {
		r.rest = rest
	} else {
		r.fail("expected " + want)
	}
}

// run takes away characters of the set, most at the most.
func (r *reader) run(set string, most int) string {
	n := 0
	for n < len(r.rest) && n <= most && strings.IndexByte(set, r.rest[n]) >= 0 {
		n++
	}
	if n > most {
		r.fail("too long")
		n = 0
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) number(least, most int) int {
	digits := r.run("0123456789", 5)
	n, err := strconv.Atoi(digits)
	if err != nil || digits[0] == '0' || n < least || n > most {
		r.fail("number outside its limits")
	}
	return n
}

func (r *reader) bytes(least, most int) []byte {
	data, err := base64.RawStdEncoding.DecodeString(r.run(letters+"+/", base64.RawStdEncoding.EncodedLen(most)))
	if err != nil || len(data) < least || len(data) > most {
		r.fail("salt or hash of another form")
	}
	return data
}

func (r *reader) end() error {
	if r.rest != "" {
		r.fail("more than expected")
	}
	return r.err
}

func argon(r *reader) (p Params, salt, sum []byte, err error) {
	r.text("$argon2id$v=19$m=")
	m := r.number(8, 65536)
	r.text(",t=")
	t := r.number(1, 16)
	r.text(",p=")
	lanes := r.number(1, min(16, m/8))
	r.text("$")
	salt = r.bytes(8, 48)
	r.text("$")
	sum = r.bytes(12, 64)
	return Params{uint32(m), uint32(t), uint8(lanes)}, salt, sum, r.end()
}

func (h Hasher) Hash(pw string) (string, error) {
	p := h.Params
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	head := "$argon2id$v=19$m=" + strconv.FormatUint(uint64(p.Memory), 10) + ",t=" + strconv.FormatUint(uint64(p.Time), 10) + ",p=" + strconv.Itoa(int(p.Threads)) +
		"$" + base64.RawStdEncoding.EncodeToString(salt) + "$"
	// What Verify would refuse is not written in the first place.
	if _, _, _, err := argon(&reader{rest: head + strings.Repeat("A", 43)}); err != nil {
		return "", err
	}
	return head + base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(pw), salt, p.Time, p.Memory, p.Threads, 32)), nil
}

func (h Hasher) Verify(pw, stored string) (ok, rehash bool, err error) {
	if strings.HasPrefix(stored, "$2") {
		return old(pw, stored)
	}
	p, salt, sum, err := argon(&reader{rest: stored})
	if err != nil {
		return false, false, err
	}
	if !hmac.Equal(sum, argon2.IDKey([]byte(pw), salt, p.Time, p.Memory, p.Threads, uint32(len(sum)))) {
		return false, false, nil
	}
	return true, p != h.Params || len(salt) != 16 || len(sum) != 32, nil
}

func old(pw, stored string) (ok, rehash bool, err error) {
	r := &reader{rest: stored}
	r.text("$2")
	if len(r.run("aby", 1)) != 1 {
		r.fail("unknown kind of bcrypt")
	}
	r.text("$")
	cost := r.run("0123456789", 2)
	if len(cost) != 2 || cost < "04" || cost > "12" {
		r.fail("unknown cost of bcrypt")
	}
	r.text("$")
	if len(r.run(letters+"./", 53)) != 53 {
		r.fail("bcrypt of another length")
	}
	if err := r.end(); err != nil {
		return false, false, err
	}
	switch err := bcrypt.CompareHashAndPassword([]byte(stored), []byte(pw)); {
	case len(pw) > 72, strings.Contains(pw, "\x00"), errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, false, nil
	case err != nil:
		return false, false, err
	}
	return true, true, nil
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func Check(pw string, common []string) error {
	var errs []error
	count := 0
	for range pw {
		count++
	}
	if count < 15 {
		errs = append(errs, ErrShort)
	}
	if count > 256 {
		errs = append(errs, ErrLong)
	}
	for _, entry := range common {
		if len(entry) == len(pw) && lower(entry) == lower(pw) {
			errs = append(errs, ErrCommon)
			break
		}
	}
	return errors.Join(errs...)
}
