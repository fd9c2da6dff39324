// Wrong: a program listens on a port.
//checker:fails TestProgram/without_faults_listens_and_says_where

// Package configuration reads what a deployment decides about the shop.
package configuration

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// minKey is the least length of SESSION_KEY, in bytes: 256 bits, as a random key of hex digits or more.
const minKey = 32

// Config is what a deployment decides. README.md has the variables and their rules.
type Config struct {
	Port          int           // PORT
	PublicURL     *url.URL      // PUBLIC_URL
	Timeout       time.Duration // TIMEOUT
	LogLevel      slog.Level    // LOG_LEVEL
	SecureCookies bool          // SECURE_COOKIES
	DatabaseURL   Secret        // DATABASE_URL
	SessionKey    Secret        // SESSION_KEY
}

// Secret is a text that nobody gets to see by accident.
//
// The text is behind a pointer because fmt calls no methods on unexported
// fields. Of a Secret in one, it prints what the Secret is made of: an address.
type Secret struct{ text *string }

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

const hidden = "[secret]"

// Format is what package fmt prints, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText is what encoding/json and log/slog print.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Load reads every variable through getenv, which returns "" for one that is
// not set. With an error, which names all variables at fault, the Config is zero.
func Load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	cfg := Config{
		Port:          read(&r, "PORT", "8080", parsePort),
		PublicURL:     read(&r, "PUBLIC_URL", "", parsePublicURL),
		Timeout:       read(&r, "TIMEOUT", "10s", parseTimeout),
		LogLevel:      read(&r, "LOG_LEVEL", "info", parseLogLevel),
		SecureCookies: read(&r, "SECURE_COOKIES", "true", parseBool),
		DatabaseURL:   read(&r, "DATABASE_URL", "", parseDatabaseURL),
		SessionKey:    read(&r, "SESSION_KEY", "", parseSessionKey),
	}
	if r.faults != nil {
		return Config{}, errors.Join(r.faults...)
	}
	return cfg, nil
}

// reader collects the faults, so that one attempt to start shows them all.
type reader struct {
	getenv func(string) string
	faults []error
}

// read parses one variable. Without a default, the variable is required. What
// parse returns as an error never holds the value, which may be a secret.
func read[T any](r *reader, name, byDefault string, parse func(string) (T, error)) T {
	value := r.getenv(name)
	if value == "" {
		value = byDefault
	}
	if value == "" {
		r.faults = append(r.faults, fmt.Errorf("%s is not set", name))
		return *new(T)
	}
	parsed, err := parse(value)
	if err != nil {
		r.faults = append(r.faults, fmt.Errorf("%s is wrong: %w", name, err))
	}
	return parsed
}

func parsePort(value string) (int, error) {
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil || port == 0 {
		return 0, errors.New("want a whole number from 1 to 65535")
	}
	return int(port), nil
}

func parsePublicURL(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("want an http or https URL with a host")
	}
	return u, nil
}

func parseTimeout(value string) (time.Duration, error) {
	timeout, err := time.ParseDuration(value)
	if err != nil || timeout <= 0 {
		return 0, errors.New("want a time above zero with its unit, such as 30s")
	}
	return timeout, nil
}

func parseLogLevel(value string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[value]
	if !ok {
		return 0, errors.New("want debug, info, warn or error")
	}
	return level, nil
}

func parseBool(value string) (bool, error) {
	if value != "true" && value != "false" {
		return false, errors.New("want true or false")
	}
	return value == "true", nil
}

// parseDatabaseURL leaves out the error of url.Parse, which quotes the URL and
// with it the password.
func parseDatabaseURL(value string) (Secret, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Hostname() == "" {
		return Secret{}, errors.New("want a postgres URL with a host")
	}
	return Secret{&value}, nil
}

func parseSessionKey(value string) (Secret, error) {
	if len(value) < minKey {
		return Secret{}, fmt.Errorf("want at least %d bytes", minKey)
	}
	return Secret{&value}, nil
}

// Run is the program: it loads the configuration, then listens and serves. It
// returns the exit status, and returns only when something is wrong.
func Run(getenv func(string) string, stdout, stderr io.Writer) int {
	cfg, err := Load(getenv)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(cfg.Port)))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stdout, "listening on 127.0.0.1:%d\n", cfg.Port)
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: cfg.Timeout}
	fmt.Fprintln(stderr, server.Serve(listener))
	return 1
}
