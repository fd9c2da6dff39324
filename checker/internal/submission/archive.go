package submission

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// archive tells what kind of archive a file is by how it begins, whatever its name says.
func archive(file string, limits Limits) (source, error) {
	head := make([]byte, 512)
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open submission: %w", err)
	}
	n, err := io.ReadFull(f, head)
	if closeErr := f.Close(); err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("open submission: %w", err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipped{file, limits}, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return tarred{file, true, limits}, nil
	case n > 262 && string(head[257:262]) == "ustar":
		return tarred{file, false, limits}, nil
	}
	return nil, fmt.Errorf("%s: is neither a folder nor a zip, tar or tar.gz", file)
}

type zipped struct {
	file   string
	limits Limits
}

func (z zipped) each(visit func(entry) error) (err error) {
	r, err := zip.OpenReader(z.file)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // such paths are refused one by one
		return fmt.Errorf("read zip: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	left := z.limits.Unpack
	for _, f := range r.File {
		var content io.ReadCloser
		err := visit(entry{name: f.Name, mode: f.Mode(), open: func() (io.Reader, error) {
			var err error
			content, err = f.Open()
			return &bounded{content, &left}, err
		}})
		if content != nil {
			err = errors.Join(err, content.Close())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type tarred struct {
	file   string
	gzip   bool
	limits Limits
}

func (a tarred) each(visit func(entry) error) (err error) {
	f, err := os.Open(a.file)
	if err != nil {
		return fmt.Errorf("read tar: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var content io.Reader = f
	if a.gzip {
		unpacked, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("read gzip: %w", err)
		}
		content = unpacked
	}
	left := a.limits.Unpack
	r := tar.NewReader(&bounded{content, &left})
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return fmt.Errorf("read tar: %w", err)
		}
		mode := h.FileInfo().Mode()
		if h.Typeflag == tar.TypeLink { // has no type of its own in a mode
			mode |= os.ModeSymlink
		}
		if err := visit(entry{name: h.Name, mode: mode, open: func() (io.Reader, error) { return r, nil }}); err != nil {
			return err
		}
	}
}

// bounded ends an archive that unpacks to more than it may.
type bounded struct {
	io.Reader
	left *int64
}

var errTooLarge = errors.New("the archive unpacks to more than it may")

func (b *bounded) Read(p []byte) (int, error) {
	if *b.left <= 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > *b.left {
		p = p[:*b.left]
	}
	n, err := b.Reader.Read(p)
	*b.left -= int64(n)
	return n, err
}
