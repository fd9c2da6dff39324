package upload_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	upload "workbook/exercises/02-go-in-depth/08-readers-all-the-way"
	"workbook/exercises/internal/leaks"
)

var errOwn = errors.New("the disk is gone")

// failing fails with err when more than limit bytes come, and counts what came.
type failing struct {
	limit, got int
	err        error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.got+len(p) > f.limit {
		return 0, f.err
	}
	f.got += len(p)
	return len(p), nil
}

func TestFailure(t *testing.T) {
	t.Run("of_the_reader_half_way", func(t *testing.T) {
		for _, err := range []error{errOwn, io.ErrUnexpectedEOF} {
			src := io.MultiReader(bytes.NewReader(random(t, 100_000)), iotest.ErrReader(err))
			r := store(t, t.Context(), io.Discard, src, mib)
			require.ErrorIs(t, r.err, err, "src has failed with this error after 100,000 bytes. What came before is not the whole")
		}
	})

	t.Run("of_the_reader_with_its_last_bytes", func(t *testing.T) {
		src := iotest.DataErrReader(io.MultiReader(bytes.NewReader(random(t, 1000)), iotest.ErrReader(errOwn)))
		r := store(t, t.Context(), io.Discard, src, mib)
		require.ErrorIs(t, r.err, errOwn, "src has given its last bytes together with this error")
	})

	data := random(t, 200_000)
	for name, limit := range map[string]func(size int) int{
		"of_the_writer_at_once":           func(int) int { return 0 },
		"of_the_writer_half_way":          func(size int) int { return size / 2 },
		"of_the_writer_in_its_last_bytes": func(size int) int { return size - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			whole := &failing{limit: 1 << 30}
			require.NoError(t, store(t, t.Context(), whole, bytes.NewReader(data), mib).err, "nothing fails")
			dst := &failing{limit: limit(whole.got), err: errOwn}
			r := store(t, t.Context(), dst, onlyReader{bytes.NewReader(data)}, mib)
			require.ErrorIsf(t, r.err, errOwn, "The whole stream has %d bytes, and dst has failed after %d. What it has is not the whole", whole.got, dst.got)
		})
	}
}

func TestContext(t *testing.T) {
	t.Run("that_has_ended_before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		reads := 0
		src := readerFunc(func([]byte) (int, error) { reads++; return 0, io.EOF })

		r := store(t, ctx, io.Discard, src, mib)

		require.ErrorIs(t, r.err, context.Canceled, "the context had ended before the call")
		assert.Zero(t, reads, "the context had ended before the call. So often was src read")
	})

	t.Run("that_ends_for_a_cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		src := readerFunc(func(p []byte) (int, error) { cancel(errOwn); return copy(p, "some bytes"), nil })
		r := store(t, ctx, io.Discard, src, mib)
		require.ErrorIs(t, r.err, context.Canceled, "the context was cancelled, with a cause of its own")
	})

	t.Run("that_has_reached_its_deadline", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
		defer cancel()
		r := store(t, ctx, io.Discard, strings.NewReader("some bytes"), mib)
		require.ErrorIs(t, r.err, context.DeadlineExceeded, "the deadline of the context was long ago")
	})

	t.Run("that_ends_half_way", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		reads, after := 0, 0
		src := readerFunc(func(p []byte) (int, error) {
			if ctx.Err() != nil {
				after++
			}
			if reads++; reads == 3 {
				cancel()
			}
			if reads > 100 {
				return 0, io.EOF
			}
			return copy(p, "some more bytes"), nil
		})

		r := store(t, ctx, io.Discard, src, mib)

		require.ErrorIs(t, r.err, context.Canceled, "the context ended while src was read for the third time")
		assert.Zero(t, after, "the context ended while src was read for the third time. So often was it read again")
	})
}

// closer counts how often it was closed.
type closer struct {
	io.Reader
	io.Writer
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestAfterwards(t *testing.T) {
	t.Run("src_and_dst_are_open", func(t *testing.T) {
		for _, src := range []io.Reader{bytes.NewReader(random(t, 1000)), iotest.ErrReader(errOwn)} {
			from, to := &closer{Reader: src}, &closer{Writer: io.Discard}
			store(t, t.Context(), to, from, mib)
			require.Zero(t, from.closed, "src belongs to the caller, who closes it. So often has Store")
			require.Zero(t, to.closed, "dst belongs to the caller, who closes it. So often has Store")
		}
	})

	t.Run("nothing_goes_on", func(t *testing.T) {
		leaks.Goroutines(t)
		data := random(t, 2*mib)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		reads := 0
		src := readerFunc(func(p []byte) (int, error) {
			if reads++; reads == 5 {
				cancel()
			}
			return copy(p, data), nil
		})
		require.NoError(t, store(t, t.Context(), io.Discard, bytes.NewReader(data), 2*mib).err)
		require.ErrorIs(t, store(t, t.Context(), io.Discard, bytes.NewReader(data), mib).err, upload.ErrTooLarge)
		require.Error(t, store(t, t.Context(), &failing{limit: 100_000, err: errOwn}, bytes.NewReader(data), 2*mib).err)
		require.Error(t, store(t, t.Context(), io.Discard, io.MultiReader(bytes.NewReader(data), iotest.ErrReader(errOwn)), 4*mib).err)
		require.Error(t, store(t, ctx, io.Discard, src, 1<<40).err)
	})
}
