// Right: a Secret needs no methods to hide, since no printer follows a pointer to a string in an unexported field; pgx judges the database's URL.

package configuration

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

type Config struct {
	Port          int
	PublicURL     *url.URL
	Timeout       time.Duration
	LogLevel      slog.Level
	SecureCookies bool
	DatabaseURL   Secret
	SessionKey    Secret
}

type Secret struct{ text *string }

func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// rules says how each variable becomes a part of the Config.
var rules = []struct {
	name, byDefault string
	set             func(*Config, string) error
}{
	{"PORT", "8080", func(c *Config, v string) (err error) {
		c.Port, err = strconv.Atoi(v)
		return cmp(err, c.Port >= 1 && c.Port <= 65535, "out of range")
	}},
	{"TIMEOUT", "10s", func(c *Config, v string) (err error) {
		c.Timeout, err = time.ParseDuration(v)
		return cmp(err, c.Timeout > 0, "not above zero")
	}},
	{"LOG_LEVEL", "info", func(c *Config, v string) error {
		i := slices.Index([]string{"debug", "info", "warn", "error"}, v)
		c.LogLevel = slog.Level(4 * (i - 1))
		return cmp(nil, i >= 0, "unknown")
	}},
	{"SECURE_COOKIES", "true", func(c *Config, v string) (err error) {
		c.SecureCookies, err = strconv.ParseBool(v)
		return err
	}},
	{"PUBLIC_URL", "", func(c *Config, v string) (err error) {
		c.PublicURL, err = url.ParseRequestURI(v)
		return cmp(err, err == nil && strings.HasPrefix(c.PublicURL.Scheme, "http") && c.PublicURL.Hostname() != "", "not an absolute URL of the web")
	}},
	{"DATABASE_URL", "", func(c *Config, v string) error {
		_, err := pgx.ParseConfig(v)
		u, parseErr := url.Parse(v)
		if err != nil || parseErr != nil || !strings.HasPrefix(u.Scheme, "postgres") || u.Hostname() == "" {
			return errors.New("not a URL of a PostgreSQL database")
		}
		c.DatabaseURL = Secret{&v}
		return nil
	}},
	{"SESSION_KEY", "", func(c *Config, v string) error {
		c.SessionKey = Secret{&v}
		return cmp(nil, len(v) >= 32, "too short")
	}},
}

func cmp(err error, right bool, otherwise string) error {
	if err == nil && !right {
		return errors.New(otherwise)
	}
	return err
}

func Load(getenv func(string) string) (cfg Config, err error) {
	for _, rule := range rules {
		value := getenv(rule.name)
		if value == "" {
			value = rule.byDefault
		}
		if value == "" {
			err = errors.Join(err, errors.New("missing: "+rule.name))
		} else if fault := rule.set(&cfg, value); fault != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", rule.name, fault))
		}
	}
	if err != nil {
		cfg = Config{}
	}
	return cfg, err
}

func Run(getenv func(string) string, stdout, stderr io.Writer) int {
	cfg, err := Load(getenv)
	if err == nil {
		var l net.Listener
		if l, err = net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", cfg.Port)); err == nil {
			defer l.Close()
			io.WriteString(stdout, "listening on "+l.Addr().String()+"\n")
			err = http.Serve(l, http.NewServeMux())
		}
	}
	io.WriteString(stderr, err.Error()+"\n")
	return 70
}
