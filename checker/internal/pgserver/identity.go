package pgserver

import (
	"io/fs"
	"os"
	"path/filepath"
)

// identity is the unprivileged user that a server runs as when we are root, because initdb and
// postgres refuse to run as root. A nil identity is the current user.
type identity struct {
	name     string
	uid, gid uint32
}

// own gives who a file or folder.
func (who *identity) own(path string) error {
	if who == nil {
		return nil
	}
	return os.Lchown(path, int(who.uid), int(who.gid))
}

// tempDir is a folder for temporary files that who can enter: TMPDIR when that is set, else
// memory where there is plenty.
func (who *identity) tempDir() string {
	dir := os.TempDir()
	if memory := memoryDir(); memory != "" && os.Getenv("TMPDIR") == "" {
		dir = memory
	}
	if who == nil || openToAll(dir) {
		return dir
	}
	return "/tmp" // root's TMPDIR may well lie in root's home
}

// openToAll reports whether every user may pass through dir and all folders above it.
func openToAll(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&fs.FileMode(0o001) == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}
