package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/moby/moby/client"

	"workbook/checker/internal/class"
	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/pgserver"
	"workbook/checker/internal/sandbox"
)

// containerConfig is what `checker confined` has to know to run a test binary in a container.
type containerConfig struct {
	Host   string // address of the engine
	Owner  string
	Image  string
	Server string          // the container of the submission's database; "" for none
	Tools  map[string]bool // folders of the exercises that need commands or libraries of this machine
}

// serverMemory bounds the database of one submission, with its data.
const serverMemory = 2 << 30

// containers are where the answers of a class run when nobody trusts them.
type containers struct {
	*confinement
	engine *sandbox.Engine
	say    func(string)
}

// newContainers finds an engine, and makes the image that test binaries run in.
func newContainers(ctx context.Context, c *confinement, exercises []*course.Exercise, say func(string)) (*containers, error) {
	api, err := pgserver.OpenEngine(ctx)
	if err != nil {
		return nil, fmt.Errorf("answers run in containers, and %w; --%s does without", err, unsafeFlag)
	}
	owner := tag(c.config.Root)
	engine, err := sandbox.Open(ctx, api, owner)
	if err != nil {
		return nil, err
	}
	runner, err := buildRunner(ctx, c, engine)
	if err != nil {
		return nil, err
	}
	goRoot, err := goEnvironment(c.config.Root, "GOROOT")
	if err != nil {
		return nil, err
	}
	image, err := engine.Image(ctx, runner, filepath.Join(goRoot["GOROOT"], "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	c.config.Container = &containerConfig{Host: api.DaemonHost(), Owner: owner, Image: image, Tools: map[string]bool{}}
	for _, e := range exercises {
		c.config.Container.Tools[e.Dir] = needsTools(e)
	}
	return &containers{confinement: c, engine: engine, say: say}, nil
}

// needsTools reports whether an exercise needs more than its own test binary. The race detector's library is C.
func needsTools(e *course.Exercise) bool {
	return slices.ContainsFunc(e.Needs, func(n string) bool { return n == "bash" || n == "git" || n == "race" })
}

// envRunner names a runner that is built already.
const envRunner = "WORKBOOK_SANDBOX_RUNNER"

// buildRunner builds the first process of the containers, for the engine's system.
func buildRunner(ctx context.Context, c *confinement, engine *sandbox.Engine) (string, error) {
	if file := os.Getenv(envRunner); file != "" {
		return file, nil
	}
	file := filepath.Join(filepath.Dir(c.file), "runner")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "workbook/checker/internal/sandbox/runner")
	cmd.Dir = c.config.Root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS="+engine.OS, "GOARCH="+engine.Arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the runner: %w: %s", err, out)
	}
	return file, nil
}

// refuses says why an exercise cannot be graded in a container.
func (k *containers) refuses(e *course.Exercise) string {
	switch {
	case slices.Contains(e.Needs, "go"):
		return "its tests build programs, and there is no Go in the container: grade it apart, with --" + unsafeFlag
	case !k.engine.Local && slices.ContainsFunc(e.Needs, func(n string) bool { return n == "bash" || n == "git" }):
		return "its tests need commands that the container borrows from this machine, which it can only where the engine runs on the same Linux: grade it there, or apart, with --" + unsafeFlag
	}
	return ""
}

// request is how the go command builds test binaries for the containers.
func (k *containers) request(req grade.Request) grade.Request {
	req.Static = true
	req.Env = append(req.Env, "GOOS="+k.engine.OS, "GOARCH="+k.engine.Arch, "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly")
	if !k.engine.Local {
		req.NoRace = "its library is C, and the container is of another system than this machine"
	}
	return req
}

// open starts a database that is this submission's alone, where its answers need one.
func (k *containers) open(ctx context.Context, items []grade.Item) (*class.Room, error) {
	room := &class.Room{Ending: k.ending, Close: func() error { return nil }}
	k.config.Container.Server = ""
	if slices.ContainsFunc(items, func(i grade.Item) bool { return slices.Contains(i.Exercise.Needs, "postgres") }) {
		server, err := pgserver.StartIsolated(ctx, pgserver.IsolatedOptions{Labels: k.engine.Labels(), Memory: serverMemory, Progress: k.say})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, err
		case err != nil:
			room.NoneWhy = err.Error()
		default:
			k.config.Container.Server = server.ID
			room.Server = &grade.Server{URL: server.URL, Tag: tag(k.config.Root), Alive: server.Alive}
			room.Close = func() error { return server.Stop(context.WithoutCancel(ctx)) }
		}
	}
	if err := k.write(); err != nil {
		return nil, errors.Join(err, room.Close())
	}
	return room, nil
}

// runInContainer runs a test binary in a container of its own.
func (a *app) runInContainer(ctx context.Context, cfg confinedConfig, dir string, binary []string) (int, error) {
	api, err := client.New(client.FromEnv, client.WithHost(cfg.Container.Host))
	if err != nil {
		return 0, fmt.Errorf("reach the engine: %w", err)
	}
	defer api.Close()
	engine := sandbox.Attach(api, cfg.Container.Owner)
	return engine.Run(ctx, sandbox.Program{
		Image: cfg.Container.Image, Binary: binary[0], Args: binary[1:], Env: ownVariables(),
		Folder: filepath.Join(cfg.Root, filepath.FromSlash(dir)), Limits: cfg.Limits,
		Server: cfg.Container.Server, Tools: cfg.Container.Tools[dir],
	}, a.Out, a.Err)
}
