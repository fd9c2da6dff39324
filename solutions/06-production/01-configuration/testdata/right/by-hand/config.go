// Right: one variable after the other, all in Load, with a list of complaints; a Secret is a function.

package configuration

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
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

type Secret struct{ open func() string }

func seal(text string) Secret { return Secret{func() string { return text }} }

func (s Secret) Reveal() string {
	if s.open == nil {
		return ""
	}
	return s.open()
}

func (s Secret) String() string               { return "********" }
func (s Secret) GoString() string             { return "Secret(********)" }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Faults is every complaint about the environment.
type Faults []string

func (f Faults) Error() string {
	return fmt.Sprintf("%d settings are wrong:\n%s", len(f), strings.Join(f, "\n"))
}

var number = regexp.MustCompile(`^[0-9]+$`)

func Load(getenv func(string) string) (Config, error) {
	var faults Faults
	complain := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	cfg := Config{Port: 8080, Timeout: 10 * time.Second, SecureCookies: true}

	if v := getenv("PORT"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || !number.MatchString(v) || n < 1 || n > 65535 {
			complain("PORT=%q is not a port number", v)
		}
		cfg.Port = n
	}
	if u, err := url.Parse(getenv("PUBLIC_URL")); err != nil {
		complain("PUBLIC_URL: %v", err)
	} else if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		complain("PUBLIC_URL=%q is not an address of the web", u)
	} else {
		cfg.PublicURL = u
	}
	if v := getenv("TIMEOUT"); v != "" {
		d, err := time.ParseDuration(v)
		switch {
		case err != nil:
			complain("TIMEOUT: %v", err)
		case d <= 0:
			complain("TIMEOUT=%v is not above zero", d)
		}
		cfg.Timeout = d
	}
	if v := getenv("LOG_LEVEL"); v != "" {
		if err := cfg.LogLevel.UnmarshalText([]byte(v)); err != nil {
			complain("LOG_LEVEL: %v", err)
		}
	}
	if v := getenv("SECURE_COOKIES"); v != "" {
		b, err := strconv.ParseBool(v)
		if err != nil {
			complain("SECURE_COOKIES: %v", err)
		}
		cfg.SecureCookies = b
	}
	switch u, err := url.Parse(getenv("DATABASE_URL")); {
	case err != nil:
		complain("DATABASE_URL cannot be parsed")
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		complain("DATABASE_URL is for another database, or empty")
	case u.Hostname() == "":
		complain("DATABASE_URL has no host")
	}
	cfg.DatabaseURL = seal(getenv("DATABASE_URL"))
	if n := len(getenv("SESSION_KEY")); n < 32 {
		complain("SESSION_KEY has %d bytes, 32 are needed", n)
	}
	cfg.SessionKey = seal(getenv("SESSION_KEY"))

	if len(faults) > 0 {
		return Config{}, faults
	}
	return cfg, nil
}

func Run(getenv func(string) string, stdout, stderr io.Writer) int {
	if err := run(getenv, stdout, slog.New(slog.NewTextHandler(stderr, nil))); err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 1
	}
	return 0
}

func run(getenv func(string) string, stdout io.Writer, log *slog.Logger) error {
	cfg, err := Load(getenv)
	if err != nil {
		return err
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: cfg.Port})
	if err != nil {
		return fmt.Errorf("PORT %d cannot be used: %w", cfg.Port, err)
	}
	log.Info("configured", "config", cfg)
	fmt.Fprintf(stdout, "listening on 127.0.0.1:%d\n", cfg.Port)
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }))
}
