// Wrong: a bufio.Writer writes when it is full, and the rest at the end.
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
//checker:sign dst has got 0 bytes
//checker:hint 3

// Package upload stores what people send, while it arrives.
package upload

import (
	"bufio"
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
	hash, out := sha256.New(), bufio.NewWriterSize(dst, 64<<10)
	zip := gzip.NewWriter(out)
	n, err = io.Copy(zip, io.TeeReader(&guarded{ctx: ctx, src: src, left: max}, hash))
	if err == nil {
		err = zip.Close()
	}
	if err != nil {
		return 0, sum, fmt.Errorf("store upload: %w", err)
	}
	return n, [32]byte(hash.Sum(nil)), nil
}

// guarded refuses to read on when the context has ended, or the limit is passed.
type guarded struct {
	ctx  context.Context
	src  io.Reader
	left int64
}

func (g *guarded) Read(p []byte) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := g.src.Read(p)
	if g.left -= int64(n); g.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
