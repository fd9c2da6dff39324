package production_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

type config struct {
	Port    int
	Timeout time.Duration
	Debug   bool
	Key     string
}

// snippet: careless
func careless(getenv func(string) string) config {
	var c config
	c.Port, _ = strconv.Atoi(getenv("PORT"))
	c.Timeout, _ = time.ParseDuration(getenv("TIMEOUT"))
	c.Debug = getenv("DEBUG") == "true"
	if c.Key = getenv("SIGNING_KEY"); c.Key == "" {
		c.Key = "development-secret"
	}
	return c
}

// end snippet

func strict(getenv func(string) string) (config, error) {
	var c config
	var faults []error
	fault := func(name, want string) { faults = append(faults, fmt.Errorf("%s: %s", name, want)) }
	var err error
	if c.Port, err = strconv.Atoi(getenv("PORT")); err != nil || c.Port < 1 || c.Port > 65535 {
		fault("PORT", "a number from 1 to 65535, such as 8080")
	}
	if c.Timeout, err = time.ParseDuration(getenv("TIMEOUT")); err != nil {
		fault("TIMEOUT", "a duration with its unit, such as 30s")
	}
	if c.Debug, err = strconv.ParseBool(getenv("DEBUG")); err != nil {
		fault("DEBUG", "true or false")
	}
	if c.Key = getenv("SIGNING_KEY"); len(c.Key) < 32 {
		fault("SIGNING_KEY", "at least 32 bytes, and no default")
	}
	return c, errors.Join(faults...)
}

func TestConfig(t *testing.T) {
	env := map[string]string{"PORT": "80a", "TIMEOUT": "30", "DEBUG": "flase"}
	getenv := func(name string) string { return env[name] }
	_, err := strict(getenv)
	require.Error(t, err)
	exercises.Golden(t, "config", fmt.Sprintf(`PORT=80a TIMEOUT=30 DEBUG=flase ./shop

careless   starts with %+v

strict     does not start:
           %s
`, careless(getenv), strings.ReplaceAll(err.Error(), "\n", "\n           ")))
}

// snippet: secret
// secret is a text that does not print itself.
type secret struct{ text string }

func (secret) String() string               { return "(secret)" }
func (secret) GoString() string             { return "(secret)" }
func (secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// end snippet

func TestSecret(t *testing.T) {
	plain := struct {
		Port int
		Key  string
	}{8080, "k3y-of-the-test"}
	kept := struct {
		Port int
		Key  secret
	}{8080, secret{"k3y-of-the-test"}}
	ways := []func(any) string{
		func(c any) string { return fmt.Sprintf("%+v", c) },
		func(c any) string { return fmt.Sprintf("%#v", c) },
		func(c any) string {
			text, err := json.Marshal(c)
			require.NoError(t, err)
			return string(text)
		},
		func(c any) string {
			var b strings.Builder
			slog.New(slog.NewTextHandler(&b, nil)).Info("starting", "config", c)
			return b.String()
		},
	}
	rows := []string{"printed with\ta string\ta secret"}
	for i, name := range []string{"%+v", "%#v", "json", "slog"} {
		shows := func(c any) string {
			if strings.Contains(ways[i](c), "k3y-of-the-test") {
				return "leaks"
			}
			return "does not leak"
		}
		rows = append(rows, name+"\t"+shows(plain)+"\t"+shows(kept))
	}
	exercises.Golden(t, "secret", lines(t, rows...))
}
