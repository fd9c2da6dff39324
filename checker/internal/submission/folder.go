package submission

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// folder is a submission on the disk. It is read through os.Root, which follows no link out of it.
type folder string

// skipped are folders of a clone that hold no answers, and may hold very many files.
var skipped = map[string]bool{".git": true, "node_modules": true}

func (f folder) each(visit func(entry) error) (err error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return fmt.Errorf("read folder: %w", err)
		case err != nil:
			return visit(entry{name: name, mode: unreadable})
		case name == ".":
			return nil
		case d.IsDir() && skipped[d.Name()]:
			return fs.SkipDir
		}
		return f.one(root, name, d, visit)
	})
}

func (folder) one(root *os.Root, name string, d fs.DirEntry, visit func(entry) error) (err error) {
	var file *os.File
	defer func() {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	return visit(entry{name: name, mode: d.Type(), open: func() (io.Reader, error) {
		// What was a file a moment ago may be a pipe by now, and a pipe would never end.
		file, err = root.OpenFile(name, os.O_RDONLY|noBlock, 0)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("is no file")
		}
		return file, err
	}})
}
