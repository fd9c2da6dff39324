package variant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"workbook/checker/internal/course"
)

// Texts returns the files of a variant that a learner writes, by their path in the exercise: of yours those to edit and
// those of your own, of the others all. Line ends are \n.
func (v Variant) Texts(c *course.Course, e *course.Exercise) (map[string]string, error) {
	files, err := v.sources(c, e)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for name, file := range files {
		text, err := os.ReadFile(c.Path(file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		texts[name] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	return texts, nil
}

// sources maps the path of each file in the exercise to its path below the root.
func (v Variant) sources(c *course.Course, e *course.Exercise) (map[string]string, error) {
	if v.Kind != Yours {
		return v.files(c, e)
	}
	record, err := c.LoadRecord(e)
	if err != nil && !errors.Is(err, course.ErrNoRecord) {
		return nil, err
	}
	own := Folder{}
	if record != nil { // without a record it is not known which files are the learner's own
		if own, err = Survey(c, e, record); err != nil {
			return nil, err
		}
	}
	files := map[string]string{}
	for _, name := range append(own.Own, e.Edit...) {
		files[name] = e.Dir + "/" + name
	}
	return files, nil
}
