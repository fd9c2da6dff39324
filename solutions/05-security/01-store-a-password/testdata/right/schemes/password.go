// Right: a list of schemes, each of which reads its own rows; Unicode is brought to NFKC first.

// Package password keeps passwords as hashes that nobody can read back.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is too common")
)

type Params struct {
	Memory, Time uint32
	Threads      uint8
}

func DefaultParams() Params { return Params{Memory: 46 << 10, Time: 1, Threads: 1} }

type Hasher struct{ Params Params }

// A scheme reads rows of one form. known is false for rows of another form.
type scheme func(stored string) (f verifier, known bool)

// A verifier is a row that has been read.
type verifier interface {
	matches(pw string) bool
	current(p Params) bool
}

var schemes = []scheme{readArgon, readBcrypt}

func (h Hasher) Hash(pw string) (string, error) {
	p := h.Params
	if !allowed(uint64(p.Memory), uint64(p.Time), uint64(p.Threads)) {
		return "", fmt.Errorf("%+v: not allowed", p)
	}
	row := argonRow{Params: p, salt: make([]byte, 16)}
	rand.Read(row.salt)
	row.sum = row.compute(pw, 32)
	return row.String(), nil
}

func (h Hasher) Verify(pw, stored string) (ok, rehash bool, err error) {
	for _, read := range schemes {
		if row, known := read(stored); known {
			ok = row.matches(pw)
			return ok, ok && !row.current(h.Params), nil
		}
	}
	return false, false, errors.New("verify: not a row of ours")
}

func allowed(m, t, p uint64) bool {
	return p-1 < 16 && t-1 < 16 && m <= 65536 && m >= 8*p
}

type argonRow struct {
	Params
	salt, sum []byte
}

func (a argonRow) String() string {
	return "$argon2id$v=19$" + fmt.Sprintf("m=%d,t=%d,p=%d", a.Memory, a.Time, a.Threads) + "$" + base64.RawStdEncoding.EncodeToString(a.salt) + "$" + base64.RawStdEncoding.EncodeToString(a.sum)
}

func (a argonRow) compute(pw string, size int) []byte {
	return argon2.IDKey(norm.NFKC.Bytes([]byte(pw)), a.salt, a.Time, a.Memory, a.Threads, uint32(size))
}

func (a argonRow) matches(pw string) bool {
	return subtle.ConstantTimeCompare(a.sum, a.compute(pw, len(a.sum))) == 1
}

func (a argonRow) current(p Params) bool {
	return a.Params == p && len(a.salt) == 16 && len(a.sum) == 32
}

func readArgon(stored string) (verifier, bool) {
	rest, found := strings.CutPrefix(stored, "$argon2id$v=19$")
	if !found || len(rest) > 185 || strings.Count(rest, "$") != 2 {
		return nil, false
	}
	fields := strings.SplitN(rest, "$", 3)
	salt, bad1 := unbase(fields[1], 8, 48)
	sum, bad2 := unbase(fields[2], 12, 64)
	costs := strings.Split(fields[0], ",")
	if len(costs) != 3 || bad1 || bad2 {
		return nil, false
	}
	var numbers [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(costs[i], name)
		n, err := strconv.ParseUint(digits, 10, 64)
		if !found || err != nil || digits != strconv.FormatUint(n, 10) {
			return nil, false
		}
		numbers[i] = n
	}
	if !allowed(numbers[0], numbers[1], numbers[2]) {
		return nil, false
	}
	return argonRow{Params{uint32(numbers[0]), uint32(numbers[1]), uint8(numbers[2])}, salt, sum}, true
}

func unbase(text string, least, most int) (data []byte, bad bool) {
	data, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return data, err != nil || len(data) < least || len(data) > most || strings.ContainsAny(text, "\r\n")
}

type bcryptRow string

func (b bcryptRow) matches(pw string) bool {
	pw = norm.NFKC.String(pw)
	if len(pw) > 72 || strings.Contains(pw, "\x00") {
		return false
	}
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(pw)) == nil
}

func (b bcryptRow) current(Params) bool { return false }

func readBcrypt(stored string) (verifier, bool) {
	if len(stored) != 60 || !slices.Contains([]string{"$2a$", "$2b$", "$2y$"}, stored[:4]) || stored[6] != '$' {
		return nil, false
	}
	if cost := stored[4:6]; cost < "04" || cost > "12" || cost[1] < '0' || cost[1] > '9' {
		return nil, false
	}
	for _, c := range []byte(stored[7:]) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '.' || c > '9') { // . / 0 to 9 follow each other
			return nil, false
		}
	}
	return bcryptRow(stored), true
}

func Check(pw string, common []string) error {
	pw = norm.NFKC.String(pw)
	switch n := utf8.RuneCountInString(pw); {
	case n > 256:
		return ErrLong
	case n < 15:
		return ErrShort
	case slices.ContainsFunc(common, func(entry string) bool { return strings.EqualFold(norm.NFKC.String(entry), pw) }):
		return ErrCommon
	}
	return nil
}
