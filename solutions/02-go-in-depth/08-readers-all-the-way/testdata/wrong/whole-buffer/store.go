// Wrong: a read fills the buffer.
//checker:fails TestLimit/has_room_for_everything
//checker:fails TestLimit/lets_exactly_max_through
//checker:fails TestStore/a_text_that_gets_smaller
//checker:fails TestStore/bytes_that_do_not
//checker:fails TestStore/nothing
//checker:fails TestStore/one_byte
//checker:fails TestStore/streams
//checker:fails TestStore/sums_the_bytes_of_src
//checker:fails TestStore/takes/half_of_what_was_asked_for
//checker:fails TestStore/takes/nothing_now_and_then
//checker:fails TestStore/takes/one_byte_at_a_time
//checker:fails TestStore/takes/the_last_bytes_with_EOF
//checker:fails TestStore/takes/whatever_else_it_could_do_more
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
	buf := make([]byte, 4<<10)
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
		hash.Write(buf)
		if _, err := zip.Write(buf); err != nil {
			return 0, sum, fmt.Errorf("write: %w", err)
		}
		if err == io.EOF {
			break
		}
	}
	if err := zip.Close(); err != nil {
		return 0, sum, fmt.Errorf("write: %w", err)
	}
	return n, [32]byte(hash.Sum(nil)), nil
}
