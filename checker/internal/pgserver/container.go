package pgserver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

// containerTimeout bounds the start of a container whose image is present.
const containerTimeout = 30 * time.Second

// unreachableAfter bounds it where the port may be published on another machine than this.
const unreachableAfter = 10 * time.Second

// Labels by which leftovers are found.
const (
	labelCache = "workbook.cache"
	labelSlot  = "workbook.slot"
)

// dataDir is a folder in memory. It is none of the image's own, so it does not matter which
// those are: version 18 moved them.
const dataDir = "/workbook"

// containers runs a PostgreSQL image.
//
// It does without testcontainers' reaper, a second container from a second image that ends the
// first when this process dies: that image often cannot be pulled, starting it takes longer than
// PostgreSQL does, and the keeper is there for the same purpose. What a killed keeper leaves is
// adopted or cleared by the next one, which finds it by its labels.
type containers struct {
	image, cache, slot string
}

func (c *containers) start(ctx context.Context, say func(string)) (instance, error) {
	eng, err := openEngine(ctx)
	if err != nil {
		return instance{}, err
	}
	defer eng.Close()
	if err := ensureImage(ctx, eng, c.image, say); err != nil {
		return instance{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, containerTimeout)
	defer cancel()
	password := newPassword()
	ctr, err := postgres.Run(ctx, c.image,
		postgres.WithUsername(superuser),
		postgres.WithPassword(password),
		postgres.WithDatabase("postgres"),
		testcontainers.WithEnv(imageEnv()),
		testcontainers.WithTmpfs(map[string]string{dataDir: "rw"}),
		testcontainers.WithCmd(append([]string{"postgres"}, settingArgs()...)...),
		testcontainers.WithLabels(map[string]string{labelCache: c.cache, labelSlot: c.slot}),
		testcontainers.WithHostConfigModifier(loopbackOnly),
	)
	if err != nil {
		return instance{}, fmt.Errorf("start a container of %s: %w", c.image, err)
	}
	url, err := c.awaitReady(ctx, eng, ctr, password)
	if err != nil {
		return instance{}, err
	}
	return instance{url: url, detail: fmt.Sprintf("%s, container %.12s", c.image, ctr.GetContainerID())}, nil
}

// imageEnv is what the images take from the environment, but for names and passwords.
func imageEnv() map[string]string {
	return map[string]string{
		"PGDATA":               dataDir + "/data",
		"POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=" + locales[0] + " --no-sync --auth-host=scram-sha-256",
		"TZ":                   "UTC", // initdb looks for the system's zone else, for up to two seconds
	}
}

// loopbackOnly publishes the port on this machine alone. AutoRemove takes the container away
// whenever the server in it ends.
func loopbackOnly(hc *container.HostConfig) {
	hc.AutoRemove = true
	hc.PortBindings = network.PortMap{
		network.MustParsePort("5432/tcp"): {{HostIP: netip.MustParseAddr("127.0.0.1")}},
	}
}

// awaitReady waits for the first query. The images start the server twice, the first time to
// initialise it, without TCP: so what answers by TCP is the one that stays.
//
// Loopback comes first, whatever the library thinks of the machine: it takes a file /.dockerenv
// to mean that ports are published on the gateway. The container's own address is for callers
// that do run in a container, next to it.
func (c *containers) awaitReady(ctx context.Context, eng *testcontainers.DockerClient, ctr testcontainers.Container, password string) (string, error) {
	info, err := ctr.Inspect(ctx)
	if err != nil {
		return "", fmt.Errorf("start a container of %s: %w", c.image, err)
	}
	var urls []string
	for _, b := range info.NetworkSettings.Ports[network.MustParsePort("5432/tcp")] {
		urls = append(urls, serverURL(net.JoinHostPort("127.0.0.1", b.HostPort), password))
	}
	for _, n := range info.NetworkSettings.Networks {
		if n.IPAddress.IsValid() && insideContainer() {
			urls = append(urls, serverURL(net.JoinHostPort(n.IPAddress.String(), "5432"), password))
		}
	}
	if len(urls) == 0 {
		return "", fmt.Errorf("start a container of %s: it ended at once: %s", c.image, containerLog(ctx, ctr))
	}
	if elsewhere(eng.DaemonHost()) && !accepts(ctx, urls[0]) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, unreachableAfter)
		defer cancel()
	}
	url, err := awaitReady(ctx, nil, urls...)
	if err != nil {
		return "", withHelp(fmt.Errorf("reach the container of %s: %w: %s", c.image, err, containerLog(ctx, ctr)),
			"its port is published on the machine where the Docker engine runs; when that is another one, use another source")
	}
	return url, nil
}

// elsewhere reports whether the engine at address may publish ports where we cannot see them.
func elsewhere(address string) bool {
	return insideContainer() || strings.HasPrefix(address, "tcp://") || strings.HasPrefix(address, "ssh://")
}

// insideContainer goes by the sign that testcontainers goes by, which is wrong at times: so it
// never decides alone.
func insideContainer() bool {
	_, err := os.Stat("/.dockerenv")
	return err == nil
}

// accepts reports whether somebody listens at a server's address. Where the port is published on
// this machine the engine does, from the start, even while the server does not answer yet.
func accepts(ctx context.Context, serverURL string) bool {
	u, err := url.Parse(serverURL)
	if err != nil {
		return false
	}
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// clear removes the slot's containers, running or not.
func (c *containers) clear(ctx context.Context) error {
	eng, err := openEngine(ctx)
	if err != nil {
		return fmt.Errorf("look for containers: %w", err)
	}
	defer eng.Close()
	found, err := eng.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: make(client.Filters).Add("label", labelCache+"="+c.cache, labelSlot+"="+c.slot),
	})
	if err != nil {
		return fmt.Errorf("look for containers: %w", err)
	}
	for _, ctr := range found.Items {
		if err := removeContainer(ctx, eng, ctr.ID); err != nil {
			return err
		}
	}
	return nil
}

// containerLog is the end of what a container printed.
func containerLog(ctx context.Context, ctr testcontainers.Container) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	logs, err := ctr.Logs(ctx)
	if err != nil {
		return "no log: " + err.Error()
	}
	defer logs.Close()
	return strings.TrimSpace(lastLine(readAtMost(logs, 64<<10)))
}
