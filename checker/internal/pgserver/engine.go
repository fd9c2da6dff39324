package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// engineTimeout bounds the first contact with a Docker engine: some accept connections and never
// answer.
const engineTimeout = 3 * time.Second

const engineHelp = "start Docker (or another engine; set DOCKER_HOST when it is not in the usual place)"

// openEngine connects to the Docker engine that testcontainers finds. The library remembers what
// it found, so after one failure the process fails at once.
func openEngine(ctx context.Context) (*testcontainers.DockerClient, error) {
	if err := tameTestcontainers(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	if err := pingNamed(); err != nil {
		return nil, withHelp(err, engineHelp)
	}
	eng, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err == nil {
		_, err = eng.Ping(ctx, client.PingOptions{})
	}
	if err != nil {
		return nil, withHelp(fmt.Errorf("no Docker engine answers: %w", oneLine(err)), engineHelp)
	}
	return eng, nil
}

// pingNamed asks the engine that DOCKER_HOST names, where it names one. Testcontainers would go on to other places when
// that one does not answer; who names an engine means that one. The answer is remembered, as the library remembers its own.
var pingNamed = sync.OnceValue(func() error {
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		return nil
	}
	eng, err := client.New(client.FromEnv)
	if err != nil {
		return fmt.Errorf("reach the Docker engine that DOCKER_HOST names, %s: %w", host, oneLine(err))
	}
	defer eng.Close()
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	if _, err := eng.Ping(ctx, client.PingOptions{}); err != nil {
		return fmt.Errorf("no Docker engine answers at DOCKER_HOST, %s: %w", host, oneLine(err))
	}
	return nil
})

// tameTestcontainers sets, for this process, what the library reads from the environment only:
// no reaper (see containers), and loopback as the place where ports are published. What it would
// print is in its errors too.
func tameTestcontainers() error {
	tclog.SetDefault(tclog.NewNoopLogger())
	err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	if _, set := os.LookupEnv("TESTCONTAINERS_HOST_OVERRIDE"); !set {
		err = errors.Join(err, os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1"))
	}
	return err
}

// removeContainer kills and removes a container, and waits until it is gone.
func removeContainer(ctx context.Context, eng *testcontainers.DockerClient, id string) error {
	for {
		_, err := eng.ContainerRemove(ctx, id, client.ContainerRemoveOptions{RemoveVolumes: true, Force: true})
		// It may be going by itself; the engine says so in several ways until it is gone.
		if err == nil || errdefs.IsNotFound(err) {
			return nil
		}
		if !strings.Contains(err.Error(), "already in progress") {
			return fmt.Errorf("remove container %.12s: %w", id, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove container %.12s: %w", id, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// oneLine makes an error of several lines fit into a list.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

func readAtMost(r io.Reader, n int64) []byte {
	data, _ := io.ReadAll(io.LimitReader(r, n)) // for a message: what there is will do
	return data
}
