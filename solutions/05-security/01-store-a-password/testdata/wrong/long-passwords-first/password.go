// Wrong: a password that bcrypt cannot take is wrong, whatever the row says.
//checker:fails TestVerifyRefuses/bcrypt_in_another_form
//checker:fails TestVerifyRefuses/bcrypt_of_another_cost
//checker:fails TestVerifyRefuses/no_known_scheme

// Package password keeps passwords as hashes that nobody can read back.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// The reasons of Check, for errors.Is.
var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is too common")
)

// What Hash writes, in bytes.
const saltSize, keySize = 16, 32

// The only two forms that a row can have. The lengths of salt and hash are
// limited here, before anything is decoded: 11 to 64 characters are 8 to 48
// bytes, 16 to 86 are 12 to 64.
var (
	argonRow  = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9]\d{0,4}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,86})$`)
	bcryptRow = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-2])\$[./A-Za-z0-9]{53}$`)
)

var base64Raw = base64.RawStdEncoding

// Params is what one argon2id hash costs.
type Params struct {
	Memory  uint32 // m in KiB, from 8*Threads to 65536
	Time    uint32 // t, passes over the memory, from 1 to 16
	Threads uint8  // p, from 1 to 16
}

// DefaultParams returns the Params for production: one of OWASP's minimum
// configurations, the one that needs little memory for a login.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

// check holds for our own Params and for those of a row: nobody who can write a
// row may choose how much memory and time a login takes.
func (p Params) check() error {
	if p.Threads < 1 || p.Threads > 16 || p.Time < 1 || p.Time > 16 || p.Memory < 8*uint32(p.Threads) || p.Memory > 64*1024 {
		return fmt.Errorf("argon2id with m=%d,t=%d,p=%d is outside the limits", p.Memory, p.Time, p.Threads)
	}
	return nil
}

// Hasher hashes with these Params. It verifies rows with other ones too.
type Hasher struct {
	Params Params
}

// Hash returns the row to store for pw, in the PHC string format.
func (h Hasher) Hash(pw string) (string, error) {
	if err := h.Params.check(); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: it ends the program instead
	r := row{h.Params, salt, nil}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, r.Memory, r.Time, r.Threads,
		base64Raw.EncodeToString(salt), base64Raw.EncodeToString(r.derive(pw, keySize))), nil
}

// Verify reports whether pw is the password of the stored row, and whether the
// caller should store a new row for it. An error says that the row is refused;
// a wrong password is no error.
func (h Hasher) Verify(pw, stored string) (ok, rehash bool, err error) {
	if strings.HasPrefix(stored, "$2") && (len(pw) > 72 || strings.Contains(pw, "\x00")) {
		return false, false, nil
	}
	if bcryptRow.MatchString(stored) {
		ok = matchBcrypt(pw, stored)
		return ok, ok, nil
	}
	r, err := parse(stored)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	ok = subtle.ConstantTimeCompare(r.key, r.derive(pw, len(r.key))) == 1
	current := r.Params == h.Params && len(r.salt) == saltSize && len(r.key) == keySize
	return ok, ok && !current, nil
}

// matchBcrypt keeps from bcrypt what it does not tell apart: it sees 72 bytes of
// a password, and repeats a shorter one with a NUL byte in between.
func matchBcrypt(pw, stored string) bool {
	return len(pw) <= 72 && !strings.Contains(pw, "\x00") &&
		bcrypt.CompareHashAndPassword([]byte(stored), []byte(pw)) == nil
}

// row is an argon2id hash with all that it was made from, but for the password.
type row struct {
	Params
	salt, key []byte
}

func (r row) derive(pw string, size int) []byte {
	return argon2.IDKey([]byte(pw), r.salt, r.Time, r.Memory, r.Threads, uint32(size))
}

func parse(stored string) (r row, err error) {
	part := argonRow.FindStringSubmatch(stored)
	if part == nil {
		return row{}, errors.New("row has no known form")
	}
	// The form allows five digits at most: there is no overflow.
	memory, _ := strconv.ParseUint(part[1], 10, 32)
	time, _ := strconv.ParseUint(part[2], 10, 32)
	threads, _ := strconv.ParseUint(part[3], 10, 8)
	r.Params = Params{uint32(memory), uint32(time), uint8(threads)}
	if r.salt, err = base64Raw.DecodeString(part[4]); err != nil {
		return row{}, fmt.Errorf("decode salt: %w", err)
	}
	if r.key, err = base64Raw.DecodeString(part[5]); err != nil {
		return row{}, fmt.Errorf("decode hash: %w", err)
	}
	return r, r.check()
}

// Check returns nil when a customer may choose pw, or else the reason. Each
// entry of common is a password that many people use.
func Check(pw string, common []string) error {
	switch size := utf8.RuneCountInString(pw); {
	case size < 15:
		return ErrShort
	case size > 256:
		return ErrLong
	}
	for _, entry := range common {
		if strings.EqualFold(pw, entry) {
			return ErrCommon
		}
	}
	return nil
}
