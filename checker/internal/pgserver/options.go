package pgserver

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Environment variables that fill in Options.
const (
	EnvCache      = "WORKBOOK_CACHE_DIR"
	EnvImage      = "WORKBOOK_POSTGRES_IMAGE"
	EnvRepository = "WORKBOOK_EMBEDDED_REPOSITORY"
)

const (
	defaultImage      = "postgres:17-alpine"
	defaultRepository = "https://repo1.maven.org/maven2"
	defaultIdle       = 10 * time.Minute
)

// Options says which server is wanted and where its files live.
type Options struct {
	// Want is "auto" (or ""), "container", "local", "embedded", or a postgres:// URL.
	Want string
	// Cache is the folder that all clones of this user share.
	// Default: $WORKBOOK_CACHE_DIR, else backend-workbook in os.UserCacheDir.
	Cache string
	// Keeper is the command line that runs [Keep] in a process of its own.
	// What to keep travels in that process's environment.
	Keeper []string
	// Idle is how long an unused server stays. Zero means ten minutes; less than zero means for
	// ever. In a CI run, whoever called Acquire should call Down at the end instead of waiting.
	// A server that is already warm keeps the Idle that it was started with.
	Idle time.Duration
	// Progress, when set, gets lines for a person to read while a server is being started.
	Progress func(line string)
	// Tag names what the caller creates on a server given by URL: databases and roles that begin
	// with wb_<tag>_. Lower-case letters and digits only, so that no tag's names contain another's.
	Tag string
	// Image is the container image. Default: $WORKBOOK_POSTGRES_IMAGE, else postgres:17-alpine.
	Image string
	// Repository is where embedded builds come from.
	// Default: $WORKBOOK_EMBEDDED_REPOSITORY, else Maven Central.
	Repository string
}

var validTag = regexp.MustCompile(`^[a-z0-9]*$`)

// complete returns o with its defaults filled in, or says what is wrong with it.
func (o Options) complete() (Options, error) {
	o.Want = cmp.Or(o.Want, "auto")
	if o.Want != "auto" && !o.wantsURL() && !slices.Contains(kinds, o.Want) {
		return o, fmt.Errorf("choose a PostgreSQL server: %q is none of auto, %s or a postgres:// URL",
			o.Want, strings.Join(kinds, ", "))
	}
	if !validTag.MatchString(o.Tag) {
		return o, fmt.Errorf("choose a PostgreSQL server: the tag %q may have lower-case letters and digits only", o.Tag)
	}
	o.Idle = cmp.Or(o.Idle, defaultIdle)
	o.Image = cmp.Or(o.Image, os.Getenv(EnvImage), defaultImage)
	o.Repository = strings.TrimSuffix(cmp.Or(o.Repository, os.Getenv(EnvRepository), defaultRepository), "/")
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.wantsURL() {
		return o, nil // needs no cache
	}
	var err error
	o.Cache, err = cacheFolder(o.Cache)
	return o, err
}

func (o Options) wantsURL() bool {
	return strings.HasPrefix(o.Want, "postgres://") || strings.HasPrefix(o.Want, "postgresql://")
}

// wanted lists the kinds of server to try, in order.
func (o Options) wanted() []string {
	if o.Want == "auto" {
		return kinds
	}
	return []string{o.Want}
}

// cacheFolder returns the absolute cache folder with symbolic links resolved, so that every
// clone names it the same way. It need not exist yet.
func cacheFolder(dir string) (string, error) {
	dir = cmp.Or(dir, os.Getenv(EnvCache))
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache folder (set %s to choose one): %w", EnvCache, err)
		}
		dir = filepath.Join(base, "backend-workbook")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir, nil
}

// cacheID names a cache folder of this user in places outside it: labels and temporary folders.
func cacheID(cache string) string {
	return shortHash(strconv.Itoa(os.Getuid()), cache)
}

// shortHash digests parts into ten hex digits.
func shortHash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:5])
}
