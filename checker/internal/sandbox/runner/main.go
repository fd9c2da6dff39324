// Command runner is the first process of a sandbox's container: it unpacks a program from its standard input, and runs it
// within limits. When the input ends, whoever has started the container is gone, and so is the program.
package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"workbook/checker/internal/confine"
	"workbook/checker/internal/sandbox/protocol"
)

func main() {
	status, job, err := run(context.Background(), os.Stdin, os.Stdout, os.Stderr)
	var verdict protocol.Verdict
	var breach *confine.Breach
	switch {
	case errors.As(err, &breach):
		verdict.Breach = breach.What
	case err != nil:
		verdict.Error, status = err.Error(), 125
	}
	fmt.Fprint(os.Stderr, verdict.Line(job.Token))
	os.Exit(status)
}

// run does a job, and returns what confine.Run does.
func run(ctx context.Context, in io.Reader, stdout, stderr io.Writer) (int, protocol.Job, error) {
	job, err := unpack(in)
	if err != nil {
		return 0, job, fmt.Errorf("unpack a program: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		_, err := io.Copy(io.Discard, in)
		cancel(fmt.Errorf("nobody waits for it any more: %w", errors.Join(err, io.EOF)))
	}()
	if job.Await != "" {
		if err := await(ctx, job.Await); err != nil {
			return 0, job, err
		}
	}
	cmd := exec.Command(job.Args[0], job.Args[1:]...)
	cmd.Dir = filepath.Join(protocol.Work, job.Dir)
	cmd.Env = append(job.Env, "PWD="+cmd.Dir)
	status, err := confine.Run(ctx, job.Limits, cmd, stdout, stderr)
	return status, job, err
}

// unpack writes the files, and reads the job among them.
func unpack(in io.Reader) (job protocol.Job, err error) {
	if err := os.MkdirAll(protocol.Work, 0o755); err != nil {
		return job, err
	}
	root, err := os.OpenRoot(protocol.Work)
	if err != nil {
		return job, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	archive := tar.NewReader(in)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return job, err
		}
		switch {
		case h.Name == protocol.JobFile:
			err = json.NewDecoder(archive).Decode(&job)
		case h.Typeflag == tar.TypeDir:
			err = root.MkdirAll(filepath.Clean(h.Name), 0o755)
		default:
			err = write(root, h, archive)
		}
		if err != nil {
			return job, err
		}
	}
	if len(job.Args) == 0 {
		return job, errors.New("it has no job")
	}
	return job, nil
}

func write(root *os.Root, h *tar.Header, from io.Reader) (err error) {
	f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, os.FileMode(h.Mode).Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, from)
	return err
}

// patience is how long the database may take to start.
const patience = 60 * time.Second

// await waits until a PostgreSQL server asks for a password: until then it may be making its data, or recovering.
func await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the database took no connection for %s", patience))
	defer cancel()
	for {
		err := greet(ctx, address)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("await the database: %w: %w", context.Cause(ctx), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
