package dbtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// NoDatabase begins every message about a server that is not there, so that
	// the checker can tell it from a wrong answer.
	NoDatabase = "workbook: no database:"

	// OwnName is the application_name of the connections of dbtest itself.
	OwnName = "workbook dbtest"

	queryLimit = 30 * time.Second
	urlLimit   = 3 * time.Minute // a first start may have to pull an image
)

// connectLimit is how long the server may take to answer at all.
var connectLimit = 20 * time.Second

// urlCommand prints the URL of the checker's warm server, starting it if need be.
var urlCommand = []string{"go", "run", "workbook/checker", "db", "up", "--print-url"}

// A server is what all databases of this process live on.
type server struct {
	config *pgx.ConnConfig // superuser, maintenance database
	tag    string
	admin  *pgxpool.Pool // superuser, maintenance database
	locale string        // of every template

	mu        sync.Mutex
	prepared  bool
	templates map[string]*template
}

// theServer is asked for once in a process. A failure is remembered: a course
// of sixty exercises must not wait sixty times for a server that is not there.
var theServer = sync.OnceValues(func() (*server, error) {
	url, err := serverURL(os.Getenv("WORKBOOK_DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	return connect(url, cmp.Or(os.Getenv("WORKBOOK_DATABASE_TAG"), "dev"))
})

// serverURL returns the URL that was given, or the one of the checker's server.
func serverURL(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), urlLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, urlCommand[0], urlCommand[1:]...)
	cmd.Dir = moduleRoot()
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	url := strings.TrimSpace(stdout.String())
	if err == nil && !strings.HasPrefix(url, "postgres") {
		err = fmt.Errorf("it printed %q, which is no URL", url)
	}
	if err != nil {
		return "", fmt.Errorf("WORKBOOK_DATABASE_URL is not set, and the command\n\n\t%s\n\ngave no server: %w\n%s\nRun `make check`, which starts one, or `make doctor`, which says what is missing",
			strings.Join(urlCommand, " "), err, indent(stderr.String()))
	}
	return url, nil
}

// moduleRoot is the nearest folder above the test's that holds a go.mod.
func moduleRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func indent(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return "\n\t" + strings.ReplaceAll(s, "\n", "\n\t") + "\n"
}

var validTag = regexp.MustCompile(`^[a-z0-9_]{1,16}$`)

// connect opens the maintenance pool and shows that the server answers.
func connect(url, tag string) (*server, error) {
	if !validTag.MatchString(tag) {
		return nil, fmt.Errorf("WORKBOOK_DATABASE_TAG is %q: use up to 16 of a-z, 0-9 and _", tag)
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read WORKBOOK_DATABASE_URL: %w", err)
	}
	config.ConnConfig.ConnectTimeout = connectLimit
	config.ConnConfig.RuntimeParams["application_name"] = OwnName
	config.MaxConns = 4
	ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
	defer cancel()
	admin, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(config.ConnConfig), err)
	}
	var super bool
	err = admin.QueryRow(ctx, `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).Scan(&super)
	if err == nil && !super {
		err = errors.New("its user is not a superuser")
	}
	if err != nil {
		admin.Close()
		return nil, fmt.Errorf("connect to %s: %w", address(config.ConnConfig), err)
	}
	return &server{config: config.ConnConfig, tag: tag, admin: admin, templates: map[string]*template{}}, nil
}

// alive asks the server anything at all.
func (s *server) alive() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", address(s.config), err)
	}
	return conn.Close(ctx)
}

// do runs statements that cannot be part of a transaction, one by one.
func (s *server) do(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := s.admin.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// locked runs f while no other process runs anything under the same name.
func (s *server) locked(ctx context.Context, name string, f func() error) error {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockKey(s.tag+" "+name)); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
		defer cancel()
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`); err != nil {
			_ = conn.Conn().Close(ctx) // the lock ends with the session
		}
	}()
	return f()
}

func lockKey(name string) int64 {
	sum := sha256.Sum256([]byte("workbook dbtest " + name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// password derives a role's password from the superuser's, so that processes
// which know nothing of each other agree on it.
func (s *server) password(role string) string {
	return hex.EncodeToString(mac([]byte(s.config.Password), role)[:16])
}

func address(c *pgx.ConnConfig) string {
	return fmt.Sprintf("the server at %s:%d", c.Host, c.Port)
}

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), queryLimit)
}
