// Wrong: a read that gives nothing is the last one.
//checker:fails TestStore/takes/nothing_now_and_then
//checker:fails TestLimit/lets_exactly_max_through
//checker:fails TestLimit/refuses_one_byte_more
//checker:hint 6

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
	buf := make([]byte, 32<<10)
	for {
		if err := ctx.Err(); err != nil {
			return 0, sum, err
		}
		m, err := src.Read(buf)
		if err != nil && err != io.EOF {
			return 0, sum, fmt.Errorf("read: %w", err)
		}
		if n += int64(m); n > max {
			return 0, sum, ErrTooLarge
		}
		hash.Write(buf[:m])
		if _, err := zip.Write(buf[:m]); err != nil {
			return 0, sum, fmt.Errorf("write: %w", err)
		}
		if err == io.EOF || m == 0 {
			break
		}
	}
	if err := zip.Close(); err != nil {
		return 0, sum, fmt.Errorf("write: %w", err)
	}
	return n, [32]byte(hash.Sum(nil)), nil
}
