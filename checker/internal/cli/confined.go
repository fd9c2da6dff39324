package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"workbook/checker/internal/confine"
)

// confinement is how the go command runs the test binaries of answers: through a command of our own, `checker confined`.
type confinement struct {
	command []string // for grade.Request.Exec
	root    string
	notes   string // a folder: what a test binary was ended for is in a file there
}

// confinedConfig is what that command has to know.
type confinedConfig struct {
	Limits confine.Limits
	Root   string            // of the course
	Notes  string            //
	Homes  string            // a folder for the homes of the answers
	Env    map[string]string // what the go command needs where the home is another one
}

func newConfinement(root, scratch string, limits confine.Limits) (*confinement, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	cfg := confinedConfig{Limits: limits, Root: root, Notes: filepath.Join(scratch, "breaches"), Homes: filepath.Join(scratch, "homes")}
	if cfg.Env, err = goEnvironment(root); err != nil {
		return nil, err
	}
	for _, dir := range []string{cfg.Notes, cfg.Homes} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("confine: %w", err)
	}
	file := filepath.Join(scratch, "confined.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("confine: %w", err)
	}
	return &confinement{command: []string{exe, "confined", file}, root: root, notes: cfg.Notes}, nil
}

// goEnvironment is where the go command keeps its caches: tests that build a program need them.
func goEnvironment(root string) (map[string]string, error) {
	cmd := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS")
	cmd.Dir = root
	out, err := cmd.Output()
	env := map[string]string{}
	if err == nil {
		err = json.Unmarshal(out, &env)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the go command for its caches: %w", err)
	}
	return env, nil
}

// breach says what the test binary of an exercise's folder was ended for, or "", and forgets it.
func (c *confinement) breach(dir string) string {
	file := filepath.Join(c.notes, noteName(dir))
	text, err := os.ReadFile(file)
	if err != nil {
		return "" // there is none
	}
	_ = os.Remove(file) // the next answer writes it anew
	return string(text)
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

func (a *app) confined(ctx context.Context, cfg confinedConfig, binary []string) (err error) {
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	home, err := os.MkdirTemp(cfg.Homes, "home-*")
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	cmd := exec.CommandContext(ctx, binary[0], binary[1:]...)
	cmd.Env = confinedEnvironment(cfg, home)
	status, err := confine.Run(ctx, cfg.Limits, cmd, a.Out, a.Err)
	var breach *confine.Breach
	if errors.As(err, &breach) {
		dir, relErr := filepath.Rel(cfg.Root, here)
		if relErr != nil {
			return fmt.Errorf("confine: %w", relErr)
		}
		if err := os.WriteFile(filepath.Join(cfg.Notes, noteName(dir)), []byte(breach.What), 0o600); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
		err = nil
	}
	if err != nil {
		return err
	}
	if status != 0 {
		return verdictError(status)
	}
	return nil
}

// confinedEnvironment has nothing of the instructor's but what tests need: no tokens, no home.
func confinedEnvironment(cfg confinedConfig, home string) []string {
	env := []string{"HOME=" + home, "TMPDIR=" + home, "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off"}
	for name, value := range cfg.Env {
		env = append(env, name+"="+value)
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name == "PATH" || name == "PWD" || name == "TZ" || name == "GORACE" || strings.HasPrefix(name, "WORKBOOK_") {
			env = append(env, variable)
		}
	}
	return env
}
