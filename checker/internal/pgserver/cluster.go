package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// initTimeout bounds initdb, which takes under a second on most machines and far longer on some.
const initTimeout = time.Minute

// clusters makes data folders. initdb runs once for each server program; each later folder is a
// copy of what it made, kept in the cache.
type clusters struct {
	bin   binaries
	cache string
	who   *identity
}

// initArgs are the arguments of initdb that shape a cluster.
var initArgs = []string{"--username=" + superuser, "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions"}

// template is where the cache keeps the cluster. The first half of its name stands for the
// program, the second for the version and the arguments: see store.
func (c clusters) template() string {
	contents := append([]string{c.bin.label}, append(initArgs, locales...)...)
	return filepath.Join(c.cache, "clusters", shortHash(c.bin.dir)+"-"+shortHash(contents...))
}

// fill puts a cluster into run/data and returns its password.
func (c clusters) fill(ctx context.Context, run string, say func(string)) (string, error) {
	password, err := os.ReadFile(filepath.Join(c.template(), "password"))
	if err == nil {
		err = copyTree(filepath.Join(run, "data"), filepath.Join(c.template(), "data"), c.who)
	}
	if err == nil {
		return string(password), nil
	}
	say("preparing a data folder (initdb), once on this machine")
	return c.init(ctx, run)
}

// forget drops the template: the next fill runs initdb.
func (c clusters) forget() error { return os.RemoveAll(c.template()) }

// init runs initdb in run/data and stores a copy for the next time.
func (c clusters) init(ctx context.Context, run string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	password := newPassword()
	pwfile := filepath.Join(run, "password")
	if err := os.WriteFile(pwfile, []byte(password), 0o600); err != nil {
		return "", fmt.Errorf("write the password file: %w", err)
	}
	defer os.Remove(pwfile)
	if err := c.who.own(pwfile); err != nil {
		return "", fmt.Errorf("write the password file: %w", err)
	}
	data := filepath.Join(run, "data")
	var err error
	for _, locale := range locales {
		if err = errors.Join(os.RemoveAll(data), c.initdb(ctx, data, pwfile, locale)); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return "", err
	}
	if err := c.store(data, password); err != nil {
		fmt.Fprintf(os.Stderr, "keep the data folder for the next time: %v\n", err) // only slower
	}
	return password, nil
}

func (c clusters) initdb(ctx context.Context, data, pwfile, locale string) error {
	args := append([]string{"--pgdata=" + data, "--pwfile=" + pwfile, "--locale=" + locale}, initArgs...)
	cmd := exec.CommandContext(ctx, c.bin.program("initdb"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = filepath.Dir(data), serverEnv(), c.who.attr()
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run initdb: %w: %s", err, lastLine(out))
	}
	return nil
}

// store copies a cluster into the cache: aside first, then in one step, so that a half-made copy
// is never used. What was stored for earlier versions of the program goes.
func (c clusters) store(data, password string) error {
	parent, name := filepath.Split(c.template())
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	program, _, _ := strings.Cut(name, "-")
	old, _ := filepath.Glob(filepath.Join(parent, program+"-*"))
	for _, dir := range old {
		_ = os.RemoveAll(dir) // only in the way of nothing
	}
	aside, err := os.MkdirTemp(parent, program+"-making-*")
	if err != nil {
		return err
	}
	err = errors.Join(
		copyTree(filepath.Join(aside, "data"), data, nil),
		os.WriteFile(filepath.Join(aside, "password"), []byte(password), 0o600))
	if err == nil {
		err = os.Rename(aside, c.template())
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(aside))
	}
	return nil
}

// copyTree copies a cluster's folders and files, and gives them to who.
func copyTree(to, from string, who *identity) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := to + strings.TrimPrefix(path, from)
		if entry.IsDir() {
			err = os.Mkdir(target, 0o700)
		} else {
			err = copyFile(target, path)
		}
		if err != nil {
			return err
		}
		return who.own(target)
	})
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// serverEnv is our environment without what would change how PostgreSQL behaves.
func serverEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			env = append(env, v)
		}
	}
	return append(env, "LC_ALL=C", "TZ=UTC") // without TZ, initdb may search the zone files for seconds
}

// lastLine is the last line of a program's output that says something.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "error:") || strings.Contains(lines[i], "FATAL:") {
			return strings.TrimSpace(lines[i])
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}
