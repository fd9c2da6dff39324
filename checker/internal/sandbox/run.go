package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"workbook/checker/internal/confine"
	"workbook/checker/internal/sandbox/protocol"
)

// grace is what the engine may take beyond the program's own limit of time: to start a container and to end it.
const grace = 90 * time.Second

// Program is what is to be run.
type Program struct {
	Image  string // as Image has returned it
	Binary string // a file of this machine, for the engine's system
	Args   []string
	Env    []string
	Folder string // its files go along, but for Go's; the program starts in a copy of it
	Limits confine.Limits
	// Server is the container of a PostgreSQL server whose network the program shares, which is that server alone; "" for
	// none, and no network.
	Server string
	// Tools lends the program the commands and libraries of this machine, which it can read. The engine must be Local.
	Tools bool
}

// Tools are the folders that Program.Tools lends, those of them that are there.
var tools = []string{"/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"}

// Run runs a program in a container of its own, and removes that. It returns the program's exit status: 128 and the
// number of the signal when one has ended it. The error is a *confine.Breach when a limit has.
func (e *Engine) Run(ctx context.Context, p Program, stdout, stderr io.Writer) (status int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Limits.Time+grace, errors.New("the engine did not end the container in time"))
	defer cancel()
	token := rand.Text()
	input, err := p.pack(token)
	if err != nil {
		return 0, err
	}
	made, err := e.api.ContainerCreate(ctx, e.containerOf(p))
	if err != nil {
		return 0, fmt.Errorf("make a container: %w", err)
	}
	defer func() { err = errors.Join(err, e.remove(context.WithoutCancel(ctx), made.ID)) }()
	said := &lastLine{w: stderr, token: []byte(token), keep: 4 << 10}
	status, oom, err := e.converse(ctx, made.ID, input, stdout, said)
	if err != nil {
		return 0, err
	}
	verdict, known := said.verdict()
	switch {
	case known && verdict.Error != "":
		return 0, errors.New(verdict.Error)
	case known && verdict.Breach != "":
		return status, &confine.Breach{What: verdict.Breach}
	case oom:
		return status, &confine.Breach{What: fmt.Sprintf("it used more than %d MiB of memory", p.Limits.Memory>>20)}
	}
	return status, nil
}

func (e *Engine) containerOf(p Program) client.ContainerCreateOptions {
	mode := container.NetworkMode("none")
	if p.Server != "" {
		mode = container.NetworkMode("container:" + p.Server)
	}
	// Threads count as well, and a Go program has a few for each processor.
	most := int64(p.Limits.Processes) * 4
	host := &container.HostConfig{
		NetworkMode:    mode,
		ReadonlyRootfs: true,
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		LogConfig:      container.LogConfig{Type: "none"},
		Tmpfs:          map[string]string{"/tmp": fmt.Sprintf("rw,exec,nosuid,nodev,mode=1777,size=%d", p.Limits.Memory)},
		// What lies in /tmp is memory too.
		Resources: container.Resources{Memory: p.Limits.Memory, MemorySwap: p.Limits.Memory, PidsLimit: &most},
	}
	if p.Tools {
		for _, dir := range tools {
			if _, err := os.Stat(dir); err == nil {
				host.Binds = append(host.Binds, dir+":"+dir+":ro")
			}
		}
	}
	return client.ContainerCreateOptions{
		Config: &container.Config{
			Image: p.Image, Entrypoint: []string{runnerPath}, User: "65534:65534", WorkingDir: "/tmp", Hostname: hostname(mode), Labels: e.Labels(),
			OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		},
		HostConfig: host,
	}
}

// hostname is a name of our own, where the container has one: it shares that of the network's owner otherwise.
func hostname(mode container.NetworkMode) string {
	if mode.IsContainer() {
		return ""
	}
	return "sandbox"
}

// converse starts a container, sends it its input, and copies what it prints until it ends. The input stays open
// meanwhile: the runner takes its end for ours.
func (e *Engine) converse(ctx context.Context, id string, input []byte, stdout, stderr io.Writer) (status int, oom bool, err error) {
	conn, err := e.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return 0, false, fmt.Errorf("attach to a container: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, conn.Close)
	defer stop()
	ended := e.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := e.api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return 0, false, fmt.Errorf("start a container: %w", err)
	}
	copied := make(chan error, 1)
	go func() {
		_, err := stdcopy.StdCopy(stdout, stderr, conn.Reader)
		copied <- err
	}()
	// A runner that ends early leaves some of it unread, and says why.
	go func() { _, _ = conn.Conn.Write(input) }()
	select {
	case how := <-ended.Result:
		status = int(how.StatusCode)
	case err := <-ended.Error:
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return 0, false, fmt.Errorf("wait for a container: %w", err)
	}
	if err := <-copied; err != nil && ctx.Err() == nil {
		return 0, false, fmt.Errorf("read what a container prints: %w", err)
	}
	seen, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return 0, false, fmt.Errorf("look at a container: %w", err)
	}
	return status, seen.Container.State.OOMKilled, nil
}

// remove kills and removes a container.
func (e *Engine) remove(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) { // it is going already
		return fmt.Errorf("remove container %.12s: %w", id, err)
	}
	return nil
}

// pack is the runner's input: the job, the program, and the files of its folder.
func (p Program) pack(token string) ([]byte, error) {
	name := path.Base(filepath.ToSlash(p.Binary))
	job := protocol.Job{Limits: p.Limits, Dir: "folder", Args: append([]string{"../" + name}, p.Args...), Token: token,
		Env: append([]string{"HOME=/tmp", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin", "ZONEINFO=" + zonePath}, p.Env...)}
	if p.Server != "" {
		job.Await = "127.0.0.1:5432"
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, fmt.Errorf("pack a program: %w", err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := addFile(w, protocol.JobFile, 0o600, text); err != nil {
		return nil, err
	}
	if err := addFrom(w, name, 0o755, p.Binary); err != nil {
		return nil, err
	}
	if err := addFolder(w, "folder", p.Folder); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack a program: %w", err)
	}
	return b.Bytes(), nil
}

// addFolder adds the files of a folder: those that a program may open while it runs. Go files are compiled already, but
// for those in testdata.
func addFolder(w *tar.Writer, name, dir string) error {
	if err := w.WriteHeader(&tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || file == "." {
			return err
		}
		target := path.Join(name, file)
		switch {
		case d.IsDir():
			return w.WriteHeader(&tar.Header{Name: target + "/", Typeflag: tar.TypeDir, Mode: 0o755})
		case !d.Type().IsRegular(), path.Ext(file) == ".go" && path.Dir(file) == ".":
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return addFrom(w, target, int64(info.Mode().Perm()), filepath.Join(dir, filepath.FromSlash(file)))
	})
}

// lastLine passes on what is written to it, but for the last of it, in which the runner's verdict may be.
type lastLine struct {
	w     io.Writer
	token []byte
	keep  int
	held  []byte
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.held = append(l.held, p...)
	if over := len(l.held) - l.keep; over > 0 {
		if _, err := l.w.Write(l.held[:over]); err != nil {
			return 0, err
		}
		l.held = append(l.held[:0], l.held[over:]...)
	}
	return len(p), nil
}

// verdict takes the runner's verdict out of what was held back, and passes on the rest.
func (l *lastLine) verdict() (v protocol.Verdict, known bool) {
	before := l.held
	// The program can print the token too. What comes last is the runner's: it speaks when the program has ended.
	if at := bytes.LastIndex(l.held, l.token); at >= 0 {
		known = json.Unmarshal(bytes.TrimSpace(l.held[at+len(l.token):]), &v) == nil
		before = bytes.TrimSuffix(l.held[:at], []byte("\n"))
	}
	_, _ = l.w.Write(before) // whoever reads it sees less: the verdict stands
	return v, known
}
