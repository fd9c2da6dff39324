// Package sandbox runs programs that nobody trusts in containers: without a network, without a right, and with nothing
// in their file system but what they need.
//
// A program travels into its container through the standard input, together with its files, so the engine may be on
// another machine. In there a runner of ours, the only thing that the image holds, unpacks and starts it within limits.
package sandbox

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
)

// Labels by which leftovers are found.
const (
	labelOwner   = "workbook.sandbox" // whose it is
	labelProcess = "workbook.process" // the process that made it
)

// Engine makes containers.
type Engine struct {
	api   *client.Client
	owner string

	OS, Arch string // of the programs that it runs, as Go calls them
	Local    bool   // the containers can be given folders of this machine
}

// Open gets to know an engine. Owner names whoever makes containers: what an owner's ended processes have left behind is
// removed.
func Open(ctx context.Context, api *client.Client, owner string) (*Engine, error) {
	version, err := api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, fmt.Errorf("ask the engine what it runs: %w", err)
	}
	e := &Engine{api: api, owner: owner, OS: version.Os, Arch: version.Arch}
	// An engine in a virtual machine answers at a local socket too, and runs another system than this one.
	e.Local = runtime.GOOS == "linux" && version.Os == "linux" && version.Arch == runtime.GOARCH && isSocket(api.DaemonHost())
	return e, e.clear(ctx)
}

// Attach is an engine that is known already: nothing is asked of it, and nothing cleared.
func Attach(api *client.Client, owner string) *Engine { return &Engine{api: api, owner: owner} }

func isSocket(host string) bool { return strings.HasPrefix(host, "unix://") }

// Labels are for containers that belong to this process and are made by others.
func (e *Engine) Labels() map[string]string {
	return map[string]string{labelOwner: e.owner, labelProcess: strconv.Itoa(os.Getpid())}
}

// clear removes what the owner's ended processes have left.
func (e *Engine) clear(ctx context.Context) error {
	found, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: make(client.Filters).Add("label", labelOwner+"="+e.owner)})
	if err != nil {
		return fmt.Errorf("look for containers: %w", err)
	}
	for _, c := range found.Items {
		if pid, err := strconv.Atoi(c.Labels[labelProcess]); err == nil && alive(pid) {
			continue
		}
		if err := e.remove(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}
