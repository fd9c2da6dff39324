package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// embeddedVersion is the build to download: the major version of the default container image.
const embeddedVersion = embeddedpostgres.V17

// embedded runs a build of PostgreSQL that is downloaded once, through embedded-postgres.
type embedded struct {
	runs       runFolders
	cache      string
	repository string
}

func (e *embedded) clear(ctx context.Context) error { return e.runs.clear(ctx) }

func (e *embedded) start(ctx context.Context, say func(string)) (instance, error) {
	who, err := serverIdentity()
	if err != nil {
		return instance{}, err
	}
	if who != nil {
		return instance{}, withHelp(errors.New("a downloaded build does not run as root"),
			"run as a normal user, or install PostgreSQL: local binaries can be used as root")
	}
	fetch := newFetcher(ctx, say)
	defer fetch.install()()
	var in instance
	for _, locale := range locales {
		if in, err = e.attempt(ctx, locale); err == nil || !strings.Contains(err.Error(), "locale") {
			break
		}
	}
	if err != nil && fetch.failure != nil {
		return in, withHelp(fmt.Errorf("download PostgreSQL %s: %w", embeddedVersion, fetch.failure),
			"check the connection to "+e.repository+", or name another repository in "+EnvRepository)
	}
	return in, err
}

// attempt starts the build on a new cluster. Where the chosen port is taken in between, it
// chooses again.
func (e *embedded) attempt(ctx context.Context, locale string) (in instance, err error) {
	for range portAttempts {
		in, err = e.run(ctx, locale)
		if err == nil || !strings.Contains(err.Error(), "already listening") && !strings.Contains(err.Error(), "could not bind") {
			break
		}
	}
	return in, err
}

func (e *embedded) run(ctx context.Context, locale string) (instance, error) {
	if err := e.clear(ctx); err != nil { // of the attempt before
		return instance{}, err
	}
	run, err := e.runs.make(nil)
	if err != nil {
		return instance{}, err
	}
	port, err := freePort()
	if err != nil {
		return instance{}, err
	}
	if err := e.dropHalfUnpacked(); err != nil {
		return instance{}, err
	}
	password := newPassword()
	server := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedVersion).
		BinaryRepositoryURL(e.repository).
		CachePath(e.dir()).
		BinariesPath(e.binaries()).
		RuntimePath(filepath.Join(run, "runtime")).
		DataPath(filepath.Join(run, "data")).
		Port(uint32(port)).
		Username(superuser).
		Password(password).
		Database("postgres").
		Encoding("UTF8").
		Locale(locale).
		StartParameters(startParameters()).
		StartTimeout(localTimeout).
		Logger(nil))
	if err := startWithin(ctx, server, run); err != nil {
		return instance{}, e.explain(err)
	}
	if err := os.WriteFile(e.complete(), nil, 0o600); err != nil {
		return instance{}, fmt.Errorf("mark the downloaded build as complete: %w", err)
	}
	return instance{
		url:    serverURL(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), password),
		detail: "a build downloaded from " + e.repository,
	}, nil
}

func (e *embedded) dir() string      { return filepath.Join(e.cache, "embedded") }
func (e *embedded) binaries() string { return filepath.Join(e.dir(), string(embeddedVersion)) }
func (e *embedded) complete() string { return filepath.Join(e.binaries(), "complete") }

// dropHalfUnpacked removes a build whose unpacking was interrupted: the library takes one program
// to be a sign of all.
func (e *embedded) dropHalfUnpacked() error {
	if _, err := os.Stat(e.complete()); err == nil {
		return nil
	}
	if err := os.RemoveAll(e.binaries()); err != nil {
		return fmt.Errorf("remove a half-unpacked build: %w", err)
	}
	return nil
}

// explain shortens the library's error, and drops an archive that cannot be unpacked, so that the
// next start downloads it again.
func (e *embedded) explain(err error) error {
	text := err.Error()
	if strings.Contains(text, "unable to extract") {
		archives, _ := filepath.Glob(filepath.Join(e.dir(), "*.txz"))
		for _, a := range archives {
			_ = os.Remove(a)
		}
	}
	first, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		first += " " + lastLine([]byte(rest))
	}
	return fmt.Errorf("start a downloaded build: %s", first)
}

// startWithin runs the library's Start, which takes no context. When ctx ends first the process
// is about to end as well, so the goroutine that stays behind does not matter.
func startWithin(ctx context.Context, server *embeddedpostgres.EmbeddedPostgres, run string) error {
	defer useTempDir(run)() // the library leaves a log in the temporary folder
	done := make(chan error, 1)
	go func() { done <- server.Start() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// useTempDir makes dir this process's folder for temporary files until the result is called.
func useTempDir(dir string) (restore func()) {
	name := "TMPDIR"
	if exe != "" {
		name = "TMP"
	}
	old, set := os.LookupEnv(name)
	_ = os.Setenv(name, dir) // cannot fail for a valid name
	return func() {
		if set {
			_ = os.Setenv(name, old)
		} else {
			_ = os.Unsetenv(name)
		}
	}
}

// startParameters are the settings in the library's form.
func startParameters() map[string]string {
	params := map[string]string{"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		params[name] = value
	}
	return params
}
