#!/usr/bin/env bash
# Right: a Go program; the script only starts it. Drift is seen by comparing a copy before and after.
set -e
here=$(mktemp -d)
trap 'rm -rf -- "$here"' EXIT
cat >"$here/main.go" <<'GO'
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

var modules = []string{".", "tools"}

func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %s %v: %w", dir, name, args, err)
	}
	return nil
}

func each(args ...string) error {
	var all []error
	for _, m := range modules {
		all = append(all, run(m, "go", args...))
	}
	return errors.Join(all...)
}

// inCopy runs commands in a copy of the tree, and reports each file that is different then.
func inCopy(do func(dir string) error) error {
	dir, err := os.MkdirTemp("", "copy")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		return err
	}
	all := []error{do(dir)}
	all = append(all, fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if name == ".git" {
			return fs.SkipDir
		}
		if err != nil || e.IsDir() {
			return err
		}
		now, _ := os.ReadFile(filepath.Join(dir, name))
		before, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(now, before) {
			all = append(all, fmt.Errorf("%s is not up to date", name))
		}
		return nil
	}))
	return errors.Join(all...)
}

var order = []string{"generate", "format", "vet", "tidy", "migrate", "test"}

var steps = map[string]func() error{
	"format": func() error {
		out, err := exec.Command("gofmt", "-l", ".").CombinedOutput()
		if len(out) > 0 {
			return fmt.Errorf("not formatted: %s", out)
		}
		return err
	},
	"vet": func() error { return each("vet", "./...") },
	"tidy": func() error {
		return inCopy(func(dir string) error {
			return errors.Join(run(dir, "go", "mod", "tidy"), run(filepath.Join(dir, "tools"), "go", "mod", "tidy"))
		})
	},
	"generate": func() error {
		return inCopy(func(dir string) error { return run(dir, "go", "generate", "./...") })
	},
	"migrate": func() error {
		if os.Getenv("DATABASE_URL") == "" {
			return errors.New("DATABASE_URL is missing")
		}
		return errors.Join(run(".", "./migrate", "upgrade"), run(".", "./migrate", "fresh"))
	},
	"test": func() error {
		if os.Getenv("DATABASE_URL") == "" {
			return errors.New("DATABASE_URL is missing")
		}
		return errors.Join(run(".", "./migrate", "fresh"), each("test", "-v", "-race", "-shuffle=on", "-count=1", "./..."))
	},
}

func main() {
	chosen := os.Args[1:]
	if len(chosen) == 0 {
		chosen = order
	}
	for _, name := range chosen {
		step := steps[name]
		if step == nil {
			step = func() error { return errors.New("no such step") }
		}
		if err := step(); err != nil {
			fmt.Printf("%s: RED\n%v\n", name, err)
			os.Exit(1)
		}
	}
}
GO
go build -o "$here/ci" "$here/main.go"
"$here/ci" "$@"
