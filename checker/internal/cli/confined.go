package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/class"
	"workbook/checker/internal/confine"
	"workbook/checker/internal/course"
)

// confinement is how the go command runs the test binaries of answers: through a command of our own, `checker confined`.
type confinement struct {
	command []string // for grade.Request.Exec
	file    string   // of the config
	config  confinedConfig
}

// confinedConfig is what that command has to know.
type confinedConfig struct {
	Limits    confine.Limits
	Root      string            // of the course
	Notes     string            // a folder: what a test binary was ended for is in a file there
	Env       map[string]string // what the go command needs where the home is another one
	Container *containerConfig  // nil to run it on this machine
	// AsOurselves are the folders of the exercises whose tests need our own rights, also where we are root: those that build
	// programs, with our caches.
	AsOurselves map[string]bool
}

func newConfinement(root, scratch string, limits confine.Limits, exercises []*course.Exercise) (*confinement, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	c := &confinement{
		file:   filepath.Join(scratch, "confined.json"),
		config: confinedConfig{Limits: limits, Root: root, Notes: filepath.Join(scratch, "breaches"), AsOurselves: map[string]bool{}},
	}
	c.command = []string{exe, "confined", c.file}
	if c.config.Env, err = goEnvironment(root, "GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS"); err != nil {
		return nil, err
	}
	for _, e := range exercises {
		c.config.AsOurselves[e.Dir] = slices.Contains(e.Needs, "go")
	}
	if err := os.MkdirAll(c.config.Notes, 0o700); err != nil {
		return nil, fmt.Errorf("confine: %w", err)
	}
	return c, c.write()
}

// write tells the command what it has to know.
func (c *confinement) write() error {
	text, err := json.Marshal(c.config)
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	if err := os.WriteFile(c.file, text, 0o600); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	return nil
}

// goEnvironment is what the go command says of itself, such as where it keeps its caches: tests that build a program need
// them.
func goEnvironment(root string, variables ...string) (map[string]string, error) {
	cmd := exec.Command("go", append([]string{"env", "-json"}, variables...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	env := map[string]string{}
	if err == nil {
		err = json.Unmarshal(out, &env)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the go command for its settings: %w", err)
	}
	return env, nil
}

// ending says how the test binary of an exercise's folder ended, and forgets it.
func (c *confinement) ending(dir string) (how class.Ending) {
	file := filepath.Join(c.config.Notes, noteName(dir))
	text, err := os.ReadFile(file)
	if err != nil {
		return how // by itself
	}
	_ = os.Remove(file) // the next answer writes it anew
	if err := json.Unmarshal(text, &how); err != nil {
		how.Fault = fmt.Sprintf("what is known of its end cannot be read: %v", err)
	}
	return how
}

func noteName(dir string) string { return strings.ReplaceAll(filepath.ToSlash(dir), "/", " ") }

func (a *app) confinedCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "confined CONFIG BINARY [ARGUMENT]...",
		Short:              "Run a test binary within limits, for the go command",
		Hidden:             true,
		DisableFlagParsing: true,
		Args:               cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("confine: %w", err)
			}
			var cfg confinedConfig
			if err := json.Unmarshal(text, &cfg); err != nil {
				return fmt.Errorf("confine: %w", err)
			}
			return a.confined(cmd.Context(), cfg, args[1:])
		},
	}
}

func (a *app) confined(ctx context.Context, cfg confinedConfig, binary []string) error {
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	dir, err := filepath.Rel(cfg.Root, here)
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	run := a.runHere
	if cfg.Container != nil {
		run = a.runInContainer
	}
	status, err := run(ctx, cfg, filepath.ToSlash(dir), binary)
	if err != nil {
		var breach *confine.Breach
		ending := class.Ending{}
		if errors.As(err, &breach) {
			ending.Breach = breach.What
		} else {
			ending.Fault = err.Error()
		}
		return errors.Join(cfg.note(dir, ending), verdictError(max(status, 1)))
	}
	if status != 0 {
		return verdictError(status)
	}
	return nil
}

// note leaves word of how a test binary ended.
func (cfg confinedConfig) note(dir string, how class.Ending) error {
	text, err := json.Marshal(how)
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Notes, noteName(dir)), text, 0o600); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	return nil
}

// runHere runs a test binary on this machine, with a home that is gone afterwards.
func (a *app) runHere(ctx context.Context, cfg confinedConfig, dir string, binary []string) (status int, err error) {
	home, err := os.MkdirTemp("", "workbook-home-*")
	if err != nil {
		return 0, fmt.Errorf("confine: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	cmd := exec.CommandContext(ctx, binary[0], binary[1:]...)
	cmd.Env = append(ownVariables("PATH"), "HOME="+home, "TMPDIR="+home, "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off")
	for name, value := range cfg.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	limits := cfg.Limits
	if os.Geteuid() == 0 && !cfg.AsOurselves[dir] {
		if err := a.asNobody(cmd, &limits, home); err != nil {
			return 0, fmt.Errorf("confine: %w", err)
		}
	}
	return confine.Run(ctx, limits, cmd, a.Out, a.Err)
}

// asNobody has a command run as the user nobody, who may read little here: so the program, and the files of its folder, are
// copied into a home of its own.
func (a *app) asNobody(cmd *exec.Cmd, limits *confine.Limits, home string) error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return fmt.Errorf("find somebody without rights to run answers as: %w", err)
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return fmt.Errorf("read the number of user nobody: %w", err)
	}
	limits.User = &confine.User{ID: uint32(uid), Group: uint32(gid)}
	text, err := os.ReadFile(cmd.Path)
	if err != nil {
		return fmt.Errorf("copy a test binary: %w", err)
	}
	cmd.Path, cmd.Dir = filepath.Join(home, filepath.Base(cmd.Path)), filepath.Join(home, "folder")
	if err := os.WriteFile(cmd.Path, text, 0o755); err != nil {
		return fmt.Errorf("copy a test binary: %w", err)
	}
	if err := os.CopyFS(cmd.Dir, os.DirFS(".")); err != nil {
		return fmt.Errorf("copy the files of the tests: %w", err)
	}
	return filepath.WalkDir(home, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(file, int(uid), int(gid))
	})
}

// ownVariables are those of our environment that tests need: no token of the instructor's is among them.
func ownVariables(more ...string) []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name == "TZ" || name == "GORACE" || strings.HasPrefix(name, "WORKBOOK_") || slices.Contains(more, name) {
			env = append(env, variable)
		}
	}
	return env
}
