package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"workbook/checker/internal/course"
	"workbook/checker/internal/pgserver"
)

// places are the places where a database server could come from. One of them is enough: where there is a server, the others
// are only told of.
func (a *app) places(ctx context.Context, served bool) []symptom {
	const one = "one place for a database server is needed"
	opts, err := a.dbOptions()
	if err != nil {
		return []symptom{{Name: "servers", Found: err.Error(), Matters: one, Help: "see above"}}
	}
	p, err := pgserver.Examine(ctx, opts)
	if err != nil {
		return []symptom{{Name: "servers", Found: err.Error(), Matters: one, Help: "see above"}}
	}
	place := func(name string, p pgserver.Place, help string) symptom {
		switch {
		case p.Err == nil:
			return symptom{Name: name, OK: true, Found: p.Found}
		case served:
			return symptom{Name: name, Found: p.Err.Error()}
		}
		return symptom{Name: name, Found: p.Err.Error(), Matters: one, Help: help}
	}
	return []symptom{
		place("Docker", p.Engine, "start Docker"),
		place("image", p.Image, "docker pull postgres:17-alpine"),
		{Name: "reaper", OK: true, Found: "none is needed: the checker ends its containers itself"},
		place("local server", p.Local, "install PostgreSQL 15 or newer"),
		place("download", p.Embedded, "it is downloaded when nothing else is there, from Maven Central"),
	}
}

// modules looks whether the exercises can be built without a network.
func (a *app) modules(ctx context.Context) symptom {
	s := symptom{Name: "modules", Matters: "the first check downloads them", Help: "go mod download"}
	root, err := course.Locate(a.dir)
	if err != nil {
		s.Found = err.Error()
		return s
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-test", "./exercises/...")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod")
	if err := cmd.Run(); err != nil {
		s.Found = "some are not in the module cache yet"
		return s
	}
	s.OK, s.Found = true, "all in the module cache"
	return s
}

func goCache(ctx context.Context) symptom {
	s := symptom{Name: "Go's caches", Fatal: true, Matters: "nothing can be built without them", Help: "make the folder writable, or set GOCACHE to another"}
	out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		s.Found = "the go command does not answer: " + err.Error()
		return s
	}
	dir := strings.TrimSpace(string(out))
	if err := writable(dir); err != nil {
		s.Found = err.Error()
		return s
	}
	s.OK, s.Found = true, dir
	return s
}

// writable tries whether files can be made in a folder.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func onPath(command, help string) symptom {
	s := symptom{Name: command, Matters: "the exercises that need it are blocked without it", Help: help}
	path, err := exec.LookPath(command)
	if err != nil {
		s.Found = "not on the path"
		return s
	}
	s.OK, s.Found = true, filepath.ToSlash(path)
	return s
}

func procFolder() symptom {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return symptom{Name: "/proc", Found: "not here", Matters: "an exercise about Linux is blocked without it", Help: "run that one on Linux, in WSL or in a container"}
	}
	return symptom{Name: "/proc", OK: true, Found: "there"}
}

func loopback() symptom {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return symptom{Name: "ports", Fatal: true, Found: err.Error(), Matters: "servers of the tests listen on 127.0.0.1", Help: "allow programs to listen there: a firewall or a sandbox forbids it"}
	}
	defer l.Close()
	return symptom{Name: "ports", OK: true, Found: "free ones on 127.0.0.1"}
}

// leastDisk is what builds and a database server need, in bytes.
const leastDisk = 2 << 30

func (a *app) disk(ctx context.Context) symptom {
	s := symptom{Name: "disk", Matters: "builds and the database need about 2 GB", Help: "make room; `go clean -cache` frees what Go has built"}
	out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		s.Found = "the go command does not answer: " + err.Error()
		return s
	}
	s.OK = true
	var found []string
	for _, dir := range []string{strings.TrimSpace(string(out)), a.dir, os.TempDir()} {
		free, err := freeDisk(dir)
		if err != nil {
			found = append(found, fmt.Sprintf("%s: %v", dir, err))
			continue
		}
		found = append(found, fmt.Sprintf("%.1f GB free for %s", float64(free)/(1<<30), dir))
		s.OK = s.OK && free >= leastDisk
	}
	s.Found = strings.Join(found, "\n")
	return s
}

// clock compares the machine's clock with the file system's, which make and Go's cache go by.
func (a *app) clock() symptom {
	s := symptom{Name: "clock", Matters: "make and the checks compare the times of files", Help: "set the clock; on a network drive, that of the server"}
	f, err := os.CreateTemp("", "doctor-*")
	if err != nil {
		s.Found = err.Error()
		return s
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		s.Found = err.Error()
		return s
	}
	off := time.Since(info.ModTime()).Abs().Truncate(time.Second)
	s.OK, s.Found = off < 5*time.Second && time.Now().Year() >= 2026, time.Now().Format(time.RFC1123)
	if off >= 5*time.Second {
		s.Found += fmt.Sprintf("; the file system's clock is %s away", off)
	}
	return s
}
