// Package password keeps passwords as hashes that nobody can read back.
package password

import "errors"

// The reasons of Check, for errors.Is.
var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is too common")
)

// Params is what one argon2id hash costs.
type Params struct {
	Memory  uint32 // m in KiB, from 8*Threads to 65536
	Time    uint32 // t, passes over the memory, from 1 to 16
	Threads uint8  // p, from 1 to 16
}

// DefaultParams returns the Params for production.
func DefaultParams() Params {
	return Params{} // TODO
}

// Hasher hashes with these Params. It verifies rows with other ones too.
type Hasher struct {
	Params Params
}

// Hash returns the row to store for pw, in the PHC string format.
func (h Hasher) Hash(pw string) (string, error) {
	return "", errors.New("Hash is not written yet") // TODO
}

// Verify reports whether pw is the password of the stored row, and whether the
// caller should store a new row for it. An error says that the row is refused;
// a wrong password is no error.
func (h Hasher) Verify(pw, stored string) (ok, rehash bool, err error) {
	return false, false, errors.New("Verify is not written yet") // TODO
}

// Check returns nil when a customer may choose pw, or else the reason. Each
// entry of common is a password that many people use.
func Check(pw string, common []string) error {
	return errors.New("Check is not written yet") // TODO
}
