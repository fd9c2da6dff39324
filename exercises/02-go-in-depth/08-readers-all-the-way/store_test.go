package upload_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	upload "workbook/exercises/02-go-in-depth/08-readers-all-the-way"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

const mib = 1 << 20

// result is what Store returned.
type result struct {
	n   int64
	sum [32]byte
	err error
}

func store(t *testing.T, ctx context.Context, dst io.Writer, src io.Reader, max int64) result {
	t.Helper()
	return guard.Call(t, func() result {
		n, sum, err := upload.Store(ctx, dst, src, max)
		return result{n, sum, err}
	})
}

// random is data that cannot be compressed.
func random(t *testing.T, n int) []byte {
	r, data := seed.New(t), make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// onlyReader and onlyWriter have no other method.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

// unzip requires that got is one whole gzip stream, and returns what is in it.
func unzip(t *testing.T, got []byte, story string) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(got))
	require.NoErrorf(t, err, "%s; dst has got %d bytes, which must be one whole gzip stream", story, len(got))
	zip.Multistream(false)
	data, err := io.ReadAll(zip)
	require.NoErrorf(t, err, "%s; dst has got %d bytes, which must be one whole gzip stream. Reading it to its end:", story, len(got))
	return data
}

// requireStored requires that dst has what src had.
func requireStored(t *testing.T, want []byte, dst []byte, r result, story string) {
	t.Helper()
	require.NoError(t, r.err, story)
	data := unzip(t, dst, story)
	require.Truef(t, bytes.Equal(want, data), "%s; what is stored is not what src had: %d bytes came, %d were there", story, len(data), len(want))
}

func TestStore(t *testing.T) {
	text := []byte(strings.Repeat("a line of a log, much like the one before it\n", 5000))

	for name, c := range map[string]struct {
		data  []byte
		story string
	}{
		"a_text_that_gets_smaller": {text, "src has a text that can be compressed"},
		"bytes_that_do_not":        {random(t, 300_000), "src has random bytes"},
		"nothing":                  {nil, "src has nothing"},
		"one_byte":                 {[]byte{0}, "src has one byte"},
	} {
		t.Run(name, func(t *testing.T) {
			var dst bytes.Buffer
			r := store(t, t.Context(), onlyWriter{&dst}, onlyReader{bytes.NewReader(c.data)}, mib)
			requireStored(t, c.data, dst.Bytes(), r, c.story)
		})
	}

	for name, c := range map[string]struct {
		wrap  func(io.Reader) io.Reader
		story string
	}{
		"one_byte_at_a_time":             {iotest.OneByteReader, "src gives one byte at a time"},
		"the_last_bytes_with_EOF":        {iotest.DataErrReader, "src gives its last bytes together with io.EOF"},
		"half_of_what_was_asked_for":     {iotest.HalfReader, "src gives half of what it was asked for"},
		"nothing_now_and_then":           {func(r io.Reader) io.Reader { return &hesitant{r: r} }, "src gives nothing and no error now and then"},
		"whatever_else_it_could_do_more": {func(r io.Reader) io.Reader { return r }, "src is a *bytes.Reader"},
	} {
		t.Run("takes/"+name, func(t *testing.T) {
			var dst bytes.Buffer
			some := text[:20_000]
			r := store(t, t.Context(), &dst, c.wrap(bytes.NewReader(some)), mib)
			requireStored(t, some, dst.Bytes(), r, c.story)
		})
	}

	t.Run("counts_the_bytes_of_src", func(t *testing.T) {
		for _, data := range [][]byte{text, random(t, 5000), nil} {
			r := store(t, t.Context(), io.Discard, onlyReader{bytes.NewReader(data)}, mib)
			require.NoError(t, r.err)
			require.EqualValues(t, len(data), r.n, "n is the number of bytes that src had")
		}
	})

	t.Run("sums_the_bytes_of_src", func(t *testing.T) {
		for _, data := range [][]byte{text, random(t, 5000), nil} {
			r := store(t, t.Context(), io.Discard, onlyReader{bytes.NewReader(data)}, mib)
			require.NoError(t, r.err)
			require.Equal(t, sha256.Sum256(data), r.sum, "sum is the SHA-256 sum of what src had")
		}
	})

	t.Run("streams", func(t *testing.T) {
		data := random(t, 6*mib)
		dst := &bytes.Buffer{}
		read, behind := 0, 0
		src := readerFunc(func(p []byte) (int, error) {
			behind = max(behind, read-dst.Len())
			n := copy(p, data[read:])
			if read += n; n == 0 {
				return 0, io.EOF
			}
			return n, nil
		})

		r := store(t, t.Context(), dst, src, 6*mib)

		requireStored(t, data, dst.Bytes(), r, "src has 6 MiB of random bytes")
		assert.LessOrEqual(t, behind, mib, "At any time at most 1 MiB of what was read has not been handed on. When Store read src again, so many bytes had been read from src and not yet written to dst")
	})
}

// hesitant gives nothing every other time.
type hesitant struct {
	r io.Reader
	n int
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.n++; h.n%2 == 0 {
		return 0, nil
	}
	return h.r.Read(p[:min(len(p), 1000)])
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestLimit(t *testing.T) {
	// each calls f with a limit, data of one byte more, and a way to read data.
	each := func(t *testing.T, f func(max int, data []byte, reader func([]byte) io.Reader)) {
		for _, max := range []int{0, 1, 1000, 32 << 10, 100_000} {
			data := random(t, max+1)
			f(max, data, func(data []byte) io.Reader { return onlyReader{bytes.NewReader(data)} })
			f(max, data, func(data []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(data)) })
			f(max, data, func(data []byte) io.Reader { return &hesitant{r: bytes.NewReader(data)} })
			f(max, data, func(data []byte) io.Reader { return &hesitant{r: bytes.NewReader(data), n: 1} })
		}
	}

	t.Run("lets_exactly_max_through", func(t *testing.T) {
		each(t, func(max int, data []byte, reader func([]byte) io.Reader) {
			var dst bytes.Buffer
			r := store(t, t.Context(), &dst, reader(data[:max]), int64(max))
			requireStored(t, data[:max], dst.Bytes(), r, "src has exactly as many bytes as are allowed")
		})
	})

	t.Run("refuses_one_byte_more", func(t *testing.T) {
		each(t, func(max int, data []byte, reader func([]byte) io.Reader) {
			r := store(t, t.Context(), io.Discard, reader(data), int64(max))
			require.ErrorIsf(t, r.err, upload.ErrTooLarge, "%d bytes are allowed, and src has one more", max)
		})
	})

	t.Run("has_room_for_everything", func(t *testing.T) {
		var dst bytes.Buffer
		data := random(t, 1000)
		r := store(t, t.Context(), &dst, bytes.NewReader(data), math.MaxInt64)
		requireStored(t, data, dst.Bytes(), r, "max is the largest number there is, and src has 1,000 bytes")
	})

	t.Run("ends_the_reading", func(t *testing.T) {
		read := 0
		endless := readerFunc(func(p []byte) (int, error) {
			if read += len(p); read > 64*mib {
				return 0, errors.New("the test's reader has had enough")
			}
			return len(p), nil
		})

		r := store(t, t.Context(), io.Discard, endless, 2*mib)

		require.ErrorIs(t, r.err, upload.ErrTooLarge, "2 MiB are allowed, and src has no end")
		require.LessOrEqual(t, read, 3*mib, "2 MiB are allowed, and src has no end: at most 1 MiB beyond that is read. So many bytes were")
	})
}
