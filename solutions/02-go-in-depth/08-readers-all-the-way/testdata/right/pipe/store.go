// Right: compression in a goroutine of its own, behind an io.Pipe whose ends are both closed, and which is waited for.

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
	from, to := io.Pipe()
	done := make(chan error, 1)
	go func() {
		zip := gzip.NewWriter(dst)
		_, err := io.Copy(zip, from)
		if err == nil {
			err = zip.Close()
		}
		from.CloseWithError(err) // the other end must not wait for a reader that has gone
		done <- err
	}()
	n, err = io.Copy(io.MultiWriter(hash, to), io.LimitReader(reader{ctx, src}, beyond(max)))
	if err == nil && n > max {
		err = ErrTooLarge
	}
	to.CloseWithError(err)
	if stored := <-done; err == nil {
		err = stored
	}
	if err != nil {
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
