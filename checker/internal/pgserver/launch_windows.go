package pgserver

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// launch starts postgres through pg_ctl, which sheds an administrator's rights first: postgres
// itself refuses to run with them. It is no child of ours then, so nothing tells of its end.
func launch(ctx context.Context, c clusters, run string, port int) (<-chan struct{}, error) {
	cmd := exec.CommandContext(ctx, c.bin.program("pg_ctl"), "start", "-W", "-s",
		"-D", filepath.Join(run, "data"),
		"-l", filepath.Join(run, "log"),
		"-o", strings.Join(serverArgs(port), " "))
	cmd.Env = serverEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("start postgres: %w: %s", err, lastLine(out))
	}
	return nil, nil
}
