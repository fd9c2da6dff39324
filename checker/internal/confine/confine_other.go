//go:build !linux

package confine

import (
	"context"
	"io"
	"os/exec"
)

// Run is for Linux alone.
func Run(context.Context, Limits, *exec.Cmd, io.Writer, io.Writer) (int, error) {
	return 0, ErrUnsupported
}
