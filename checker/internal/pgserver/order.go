package pgserver

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// keeperEnv carries the order to the keeper.
const keeperEnv = "WORKBOOK_KEEPER"

// order is what a keeper is told to do.
type order struct {
	Kind       string        `json:"kind"`
	Cache      string        `json:"cache"`
	Idle       time.Duration `json:"idle"`
	Image      string        `json:"image"`
	Repository string        `json:"repository"`
	Notes      []string      `json:"notes,omitempty"` // why the sources before were not taken
}

func newOrder(opts Options, kind string, notes []string) order {
	return order{kind, opts.Cache, opts.Idle, opts.Image, opts.Repository, notes}
}

func (o order) slot() slot { return newSlot(o.Cache, o.Kind, o.Image) }

// orderFromEnv reads the order and takes it out of the environment, so that no child sees it.
func orderFromEnv() (o order, err error) {
	text, ok := os.LookupEnv(keeperEnv)
	if !ok {
		return o, fmt.Errorf("read the keeper's order: %s is not set; this command is started by others, not by hand", keeperEnv)
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, fmt.Errorf("read the keeper's order: %w", err)
	}
	return o, os.Unsetenv(keeperEnv)
}

// startKeeper runs command as a keeper that outlives this process: in a session of its own, with
// no stream of ours, so that neither Ctrl-C nor a closed pipe reaches it.
func (o order) startKeeper(command []string) (child, error) {
	if len(command) == 0 {
		return child{}, fmt.Errorf("start the keeper: Options.Keeper is empty")
	}
	path, err := exec.LookPath(command[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return child{}, fmt.Errorf("start the keeper: %w", err)
	}
	log, err := openLog(o.slot().path("keeper.log"))
	if err != nil {
		return child{}, fmt.Errorf("start the keeper: %w", err)
	}
	defer log.Close()
	text, err := json.Marshal(o)
	if err != nil {
		return child{}, fmt.Errorf("start the keeper: %w", err)
	}
	cmd := exec.Command(path, command[1:]...)
	cmd.Dir = o.slot().dir // not the caller's, which the user may want to remove
	cmd.Env = append(os.Environ(), keeperEnv+"="+string(text))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return child{}, fmt.Errorf("start the keeper: %w", err)
	}
	pid := cmd.Process.Pid
	return child{pid}, cmd.Process.Release()
}

// openLog opens a log to append to, and begins anew when it has grown large.
func openLog(path string) (*os.File, error) {
	const most = 1 << 20
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > most {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}
