// Wrong: context.Cause says more than ctx.Err.
//checker:fails TestContext/that_ends_for_a_cause
//checker:hint 5

// Package upload stores what people send, while it arrives.
package upload

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrTooLarge reports that src has more than max bytes.
var ErrTooLarge = errors.New("too large")

// beyond is one more than max, where there is one more.
func beyond(max int64) int64 {
	if max == math.MaxInt64 {
		return max
	}
	return max + 1
}

// Store writes what src has to dst, compressed with gzip. It returns how many
// bytes src had, and their SHA-256 sum. max is 0 or more. With an error, n and sum
// say nothing, and what dst has got is of no use.
func Store(ctx context.Context, dst io.Writer, src io.Reader, max int64) (n int64, sum [32]byte, err error) {
	hash := sha256.New()
	zip := gzip.NewWriter(dst)
	n, err = io.Copy(io.MultiWriter(hash, zip), io.LimitReader(reader{ctx, src}, beyond(max)))
	if err != nil {
		return 0, sum, fmt.Errorf("store: %w", err)
	}
	if n > max {
		return 0, sum, fmt.Errorf("store: %w: more than %d bytes", ErrTooLarge, max)
	}
	if err := zip.Close(); err != nil { // writes what is left, and the checksum
		return 0, sum, fmt.Errorf("store: %w", err)
	}
	return n, [32]byte(hash.Sum(nil)), nil
}

// reader asks its context before each read.
type reader struct {
	ctx context.Context
	src io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}
