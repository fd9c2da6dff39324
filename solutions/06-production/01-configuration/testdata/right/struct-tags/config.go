// Right: the rules are tags of the struct, read by reflection; Secret is another name for a pointer.

package configuration

import (
	"encoding"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

type Config struct {
	Port          int           `env:"PORT" default:"8080"`
	PublicURL     *url.URL      `env:"PUBLIC_URL"`
	Timeout       time.Duration `env:"TIMEOUT" default:"10s"`
	LogLevel      slog.Level    `env:"LOG_LEVEL" default:"info"`
	SecureCookies bool          `env:"SECURE_COOKIES" default:"true"`
	DatabaseURL   Secret        `env:"DATABASE_URL" secret:"url"`
	SessionKey    Secret        `env:"SESSION_KEY" secret:"key"`
}

type Secret = *sealed

type sealed struct{ text *string }

func (s *sealed) Reveal() string {
	if s == nil {
		return ""
	}
	return *s.text
}

func (*sealed) Format(f fmt.State, verb rune) { fmt.Fprintf(f, "<hidden>") }
func (*sealed) MarshalText() ([]byte, error)  { return []byte("<hidden>"), nil }

type faults map[string]string

func (f faults) Error() string {
	var b strings.Builder
	for name, why := range f {
		fmt.Fprintf(&b, "\n  - %s %s", name, why)
	}
	return "bad environment:" + b.String()
}

func Load(getenv func(string) string) (Config, error) {
	var cfg Config
	bad := faults{}
	v := reflect.ValueOf(&cfg).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		text := getenv(tag.Get("env"))
		if text == "" {
			text = tag.Get("default")
		}
		if why := set(v.Field(i), tag, text); why != "" {
			bad[tag.Get("env")] = why
		}
	}
	if len(bad) > 0 {
		return Config{}, bad
	}
	return cfg, nil
}

func set(field reflect.Value, tag reflect.StructTag, text string) (why string) {
	switch to := field.Addr().Interface().(type) {
	case *int:
		n, err := strconv.ParseUint(text, 10, 16)
		if *to = int(n); err != nil || n == 0 {
			return "must be between 1 and 65535"
		}
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if *to = d; err != nil || d <= 0 {
			return "must be a duration like 30s or 1m30s, more than zero"
		}
	case *bool:
		if *to = text == "true"; !*to && text != "false" {
			return fmt.Sprintf("must be true or false, but is %q", text)
		}
	case **url.URL:
		u, ok := location(text, "http", "https")
		if *to = u; !ok {
			return "must be like https://shop.example"
		}
	case *Secret:
		*to = &sealed{&text}
		if _, ok := location(text, "postgres", "postgresql"); tag.Get("secret") == "url" && !ok {
			return "must be like postgres://user:password@host/database"
		}
		if tag.Get("secret") == "key" && len(text) < 32 {
			return "must have 32 bytes or more"
		}
	case encoding.TextUnmarshaler:
		if to.UnmarshalText([]byte(text)) != nil {
			return "must be debug, info, warn or error"
		}
	}
	return ""
}

func location(text string, schemes ...string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return nil, false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return u, true
		}
	}
	return nil, false
}

func Run(getenv func(string) string, stdout, stderr io.Writer) int {
	logger := log.New(stderr, "shop: ", log.LstdFlags)
	cfg, err := Load(getenv)
	if err != nil {
		logger.Print(err)
		return 78
	}
	server := &http.Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.Port)), ReadHeaderTimeout: cfg.Timeout, ErrorLog: logger}
	listener, err := net.Listen("tcp", server.Addr)
	if err != nil {
		logger.Print(err)
		return 69
	}
	logger.Printf("starting with %+v", cfg)
	fmt.Fprintf(stdout, "shop is ready\nlistening on %s\n", server.Addr)
	logger.Print(server.Serve(listener))
	return 70
}
