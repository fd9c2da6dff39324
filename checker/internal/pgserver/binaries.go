package pgserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usualPlaces are where packages put the server's programs: Debian, Red Hat, Homebrew,
// Postgres.app and the Windows installer.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	`C:\Program Files\PostgreSQL\*\bin`,
}

// binaries is a folder with initdb and postgres.
type binaries struct {
	dir   string
	label string // what postgres --version prints
	major int
}

func (b binaries) program(name string) string { return filepath.Join(b.dir, name+exe) }

var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// newestBinaries returns the newest of the PostgreSQL servers on a path and in further places.
func newestBinaries(ctx context.Context, path string, places []string) (binaries, error) {
	const help = "install PostgreSQL 15 or newer: `apt install postgresql`, `brew install postgresql@17`, or the installer of postgresql.org"
	var found []binaries
	for _, dir := range binaryFolders(path, places) {
		if b, err := inspectBinaries(ctx, dir); err == nil {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return binaries{}, withHelp(errors.New("find initdb and postgres: not on the path nor where packages put them"), help)
	}
	best := slices.MaxFunc(found, func(a, b binaries) int { return cmp.Compare(a.major, b.major) })
	if best.major < oldest {
		return binaries{}, withHelp(fmt.Errorf("find PostgreSQL %d or newer: there is %s in %s only", oldest, best.label, best.dir), help)
	}
	return best, nil
}

// binaryFolders lists the folders that hold both programs, each once, symbolic links resolved.
func binaryFolders(path string, patterns []string) []string {
	candidates := filepath.SplitList(path)
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p)
		candidates = append(candidates, dirs...)
	}
	var dirs []string
	for _, dir := range candidates {
		if !filepath.IsAbs(dir) {
			continue
		}
		// Follow the program, not the folder: distributions link single programs into /usr/bin.
		program, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb"+exe))
		if err != nil {
			continue
		}
		dir = filepath.Dir(program)
		if info, err := os.Stat(filepath.Join(dir, "postgres"+exe)); err != nil || info.IsDir() || slices.Contains(dirs, dir) {
			continue
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

var versionNumber = regexp.MustCompile(`\d+`)

func inspectBinaries(ctx context.Context, dir string) (binaries, error) {
	b := binaries{dir: dir}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, b.program("postgres"), "--version").Output()
	if err != nil {
		return b, fmt.Errorf("ask for its version: %w", err)
	}
	b.label = strings.TrimSpace(string(out))
	b.major, err = strconv.Atoi(versionNumber.FindString(b.label))
	return b, err
}
