package proof

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"workbook/checker/internal/course"
)

// Stale lists the records on disk that differ from what the proof derived, in order.
func (o *Outcome) Stale(c *course.Course) ([]string, error) {
	var stale []string
	for file, record := range o.Records {
		derived, err := record.Encode()
		if err != nil {
			return nil, err
		}
		there, err := os.ReadFile(c.Path(file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read record: %w", err)
		}
		if !bytes.Equal(bytes.ReplaceAll(there, []byte("\r\n"), []byte("\n")), derived) {
			stale = append(stale, file)
		}
	}
	slices.Sort(stale)
	return stale, nil
}

// Write brings the records on disk up to date. A record is replaced whole or not at all; one without tests comes from
// tests that do not compile, and replaces nothing.
func (o *Outcome) Write(c *course.Course) error {
	for file, record := range o.Records {
		if len(record.Tests) == 0 {
			continue
		}
		text, err := record.Encode()
		if err != nil {
			return err
		}
		dst := c.Path(file)
		aside := dst + ".new"
		if err := os.MkdirAll(filepath.Dir(dst), 0o777); err != nil {
			return fmt.Errorf("write record: %w", err)
		}
		if err := os.WriteFile(aside, text, 0o666); err != nil {
			return fmt.Errorf("write record: %w", err)
		}
		if err := os.Rename(aside, dst); err != nil {
			return fmt.Errorf("write record: %w", err)
		}
	}
	return nil
}
