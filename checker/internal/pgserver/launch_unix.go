//go:build unix

package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// launch starts postgres as a child of the keeper. The channel is closed when it ends.
func launch(_ context.Context, c clusters, run string, port int) (<-chan struct{}, error) {
	log, err := os.Create(filepath.Join(run, "log"))
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	defer log.Close()
	args := append([]string{"-D", filepath.Join(run, "data")}, serverArgs(port)...)
	cmd := exec.Command(c.bin.program("postgres"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = run, serverEnv(), c.who.attr()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // it ends when the server does, which clear and the keeper's end see to
	}()
	return gone, nil
}
