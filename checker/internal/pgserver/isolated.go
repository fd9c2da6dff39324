package pgserver

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Isolated is a server in a container without any network. It is reached from its own network namespace alone: by a
// container that joins it, at loopback.
type Isolated struct {
	ID  string // of the container
	URL string // for the superuser, at loopback
	eng *testcontainers.DockerClient
}

// IsolatedOptions say what the server's container is like.
type IsolatedOptions struct {
	Image    string            // default: $WORKBOOK_POSTGRES_IMAGE, else postgres:17-alpine
	Labels   map[string]string // by which leftovers are found
	Memory   int64             // bytes, with its data, which is kept in memory
	Progress func(line string)
}

// StartIsolated starts a server for somebody who is not trusted, who may do to it whatever a superuser can. It does not
// wait until the server answers: nobody out here could ask.
func StartIsolated(ctx context.Context, opts IsolatedOptions) (*Isolated, error) {
	eng, err := openEngine(ctx)
	if err != nil {
		return nil, err
	}
	image := cmp.Or(opts.Image, os.Getenv(EnvImage), defaultImage)
	say := opts.Progress
	if say == nil {
		say = func(string) {}
	}
	if err := ensureImage(ctx, eng, image, say); err != nil {
		return nil, err
	}
	password := newPassword()
	env := []string{"POSTGRES_USER=" + superuser, "POSTGRES_PASSWORD=" + password, "POSTGRES_DB=postgres"}
	for name, value := range imageEnv() {
		env = append(env, name+"="+value)
	}
	most := int64(200) // processes: max_connections and the server's own
	ctr, err := eng.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{
			Image:  image,
			Labels: opts.Labels,
			Env:    env,
			Cmd:    append([]string{"postgres"}, settingArgs()...),
		},
		HostConfig: &container.HostConfig{
			NetworkMode:    "none",
			ReadonlyRootfs: true,
			SecurityOpt:    []string{"no-new-privileges"},
			LogConfig:      container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "1m"}},
			Tmpfs:          map[string]string{dataDir: "rw,mode=1777", "/tmp": "rw,mode=1777", "/var/run/postgresql": "rw,mode=1777"},
			Resources:      container.Resources{Memory: opts.Memory, MemorySwap: opts.Memory, PidsLimit: &most},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make a container of %s: %w", image, oneLine(err))
	}
	s := &Isolated{ID: ctr.ID, URL: serverURL("127.0.0.1:5432", password), eng: eng}
	if _, err := eng.ContainerStart(ctx, ctr.ID, client.ContainerStartOptions{}); err != nil {
		_ = s.Stop(context.WithoutCancel(ctx)) // the first error says more
		return nil, fmt.Errorf("start a container of %s: %w", image, oneLine(err))
	}
	return s, nil
}

// Alive says whether the server's container still runs; if not, the error has the end of its log.
func (s *Isolated) Alive(ctx context.Context) error {
	seen, err := s.eng.ContainerInspect(ctx, s.ID, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("look at the database's container: %w", oneLine(err))
	}
	if seen.Container.State.Running {
		return nil
	}
	log := ""
	if out, err := s.eng.ContainerLogs(ctx, s.ID, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "5"}); err == nil {
		log = ": " + strings.TrimSpace(lastLine(readAtMost(out, 64<<10)))
		_ = out.Close()
	}
	return fmt.Errorf("the database ended%s", log)
}

// Stop ends the server and removes all that it held.
func (s *Isolated) Stop(ctx context.Context) error {
	defer s.eng.Close()
	return removeContainer(ctx, s.eng, s.ID)
}

// OpenEngine connects to the Docker engine where servers are started.
func OpenEngine(ctx context.Context) (*client.Client, error) {
	eng, err := openEngine(ctx)
	if err != nil {
		return nil, err
	}
	return eng.Client, nil
}
