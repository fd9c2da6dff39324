// Right: split at $, read the numbers with Sscanf, and take the row only when writing it again gives the same text.

// Package password keeps passwords as hashes that nobody can read back.
package password

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is too common")
)

var errRow = errors.New("the stored row cannot be used")

type Params struct {
	Memory  uint32
	Time    uint32
	Threads uint8
}

// DefaultParams is the second recommendation of RFC 9106.
func DefaultParams() Params { return Params{65536, 3, 4} }

func (p Params) sound() bool {
	return p.Time >= 1 && p.Time <= 16 && p.Threads >= 1 && p.Threads <= 16 && p.Memory >= uint32(p.Threads)*8 && p.Memory <= 65536
}

type Hasher struct {
	Params Params
}

func encode(p Params, salt, sum []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Time, p.Threads, b.EncodeToString(salt), b.EncodeToString(sum))
}

func (h Hasher) Hash(pw string) (string, error) {
	if !h.Params.sound() {
		return "", errors.New("the Params are outside the limits")
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return encode(h.Params, salt, argon2.IDKey([]byte(pw), salt, h.Params.Time, h.Params.Memory, h.Params.Threads, 32)), nil
}

func (h Hasher) Verify(pw, stored string) (ok, rehash bool, err error) {
	if len(stored) > 200 {
		return false, false, errRow
	}
	if strings.HasPrefix(stored, "$2") {
		return verifyBcrypt(pw, stored)
	}
	fields := strings.Split(stored, "$")
	if len(fields) != 6 {
		return false, false, errRow
	}
	var p Params
	if n, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); n != 3 || err != nil || !p.sound() {
		return false, false, errRow
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(fields[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(fields[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 48 || len(sum) < 12 || len(sum) > 64 || encode(p, salt, sum) != stored {
		return false, false, errRow
	}
	ok = bytes.Equal(sum, argon2.IDKey([]byte(pw), salt, p.Time, p.Memory, p.Threads, uint32(len(sum))))
	return ok, ok && !(p == h.Params && len(salt) == 16 && len(sum) == 32), nil
}

func verifyBcrypt(pw, stored string) (ok, rehash bool, err error) {
	cost, err := bcrypt.Cost([]byte(stored))
	if err != nil || len(stored) != 60 || cost > 12 || !strings.Contains("aby", stored[2:3]) || stored[3:7] != fmt.Sprintf("$%02d$", cost) ||
		strings.TrimLeft(stored[7:], "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return false, false, errRow
	}
	if len(pw) > 72 || strings.IndexByte(pw, 0) >= 0 {
		return false, false, nil
	}
	ok = bcrypt.CompareHashAndPassword([]byte(stored), []byte(pw)) == nil
	return ok, ok, nil
}

func Check(pw string, common []string) error {
	set := make(map[string]bool, len(common))
	for _, entry := range common {
		set[strings.ToLower(entry)] = true
	}
	characters := len([]rune(pw))
	if set[strings.ToLower(pw)] {
		return fmt.Errorf("choose another one: %w", ErrCommon)
	} else if characters < 15 {
		return fmt.Errorf("%w: %d characters, 15 are needed", ErrShort, characters)
	} else if characters > 256 {
		return fmt.Errorf("%w: %d characters, 256 are allowed", ErrLong, characters)
	}
	return nil
}
