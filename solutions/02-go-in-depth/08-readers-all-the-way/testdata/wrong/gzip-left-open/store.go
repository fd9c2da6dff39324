// Wrong: Flush writes what is left.
//checker:fails TestLimit/has_room_for_everything
//checker:fails TestLimit/lets_exactly_max_through
//checker:fails TestStore/a_text_that_gets_smaller
//checker:fails TestStore/bytes_that_do_not
//checker:fails TestStore/nothing
//checker:fails TestStore/one_byte
//checker:fails TestStore/streams
//checker:fails TestStore/takes/half_of_what_was_asked_for
//checker:fails TestStore/takes/nothing_now_and_then
//checker:fails TestStore/takes/one_byte_at_a_time
//checker:fails TestStore/takes/the_last_bytes_with_EOF
//checker:fails TestStore/takes/whatever_else_it_could_do_more
//checker:hint 3

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
	if err := zip.Flush(); err != nil {
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
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}
