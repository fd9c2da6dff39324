package configuration_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	configuration "workbook/exercises/06-production/01-configuration"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

// An environment is what getenv answers from.
type environment map[string]string

var (
	variables = slices.Sorted(maps.Keys(elsewhere))
	defaults  = environment{"PORT": "8080", "TIMEOUT": "10s", "LOG_LEVEL": "info", "SECURE_COOKIES": "true"}

	// What the test's own environment says: other values, each of them good.
	elsewhere = environment{
		"PORT": "9999", "PUBLIC_URL": "https://elsewhere.example", "TIMEOUT": "99s", "LOG_LEVEL": "error",
		"SECURE_COOKIES": "false", "DATABASE_URL": "postgres://elsewhere.example/db", "SESSION_KEY": strings.Repeat("elsewhere", 9),
	}
)

func init() {
	for name, value := range elsewhere {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}

// good sets every variable, none to its default, with secrets of its own.
func good(r *seed.Rand) environment {
	return environment{
		"PORT":           fmt.Sprint(r.Between(1024, 8000)),
		"PUBLIC_URL":     "https://" + r.Word() + ".example/eu",
		"TIMEOUT":        fmt.Sprint(r.Between(11, 59), "s"),
		"LOG_LEVEL":      seed.Pick(r, "debug", "warn", "error"),
		"SECURE_COOKIES": "false",
		"DATABASE_URL":   "postgres://shop:" + secret(r, 12) + "@db.example:5432/shop",
		"SESSION_KEY":    secret(r, 40),
	}
}

// with is the environment with one value changed; "" takes it away.
func (e environment) with(name, value string) environment {
	changed := maps.Clone(e)
	changed[name] = value
	return changed
}

// String shows an environment in messages. All its values are made up.
func (e environment) String() string {
	var b strings.Builder
	for _, name := range variables {
		fmt.Fprintf(&b, "\n\t%s=%q", name, e[name])
	}
	return b.String()
}

func (e environment) load(t *testing.T) (configuration.Config, error) {
	t.Helper()
	return guard.Call2(t, func() (configuration.Config, error) {
		return configuration.Load(func(name string) string { return e[name] })
	})
}

// loads checks that the Config is what the environment says, and returns it.
func (e environment) loads(t *testing.T) configuration.Config {
	t.Helper()
	cfg, err := e.load(t)
	require.NoError(t, err, "Load promises no error when every variable keeps its rule; the environment was%v", e)
	want := maps.Clone(e)
	for name, value := range defaults {
		if e[name] == "" {
			want[name] = value
		}
	}
	timeout, _ := time.ParseDuration(want["TIMEOUT"])
	want["TIMEOUT"] = timeout.String() // 90s is 1m30s
	got := guard.Call(t, func() environment {
		return environment{
			"PORT": fmt.Sprint(cfg.Port), "PUBLIC_URL": cfg.PublicURL.String(), "TIMEOUT": cfg.Timeout.String(),
			"LOG_LEVEL": strings.ToLower(cfg.LogLevel.String()), "SECURE_COOKIES": fmt.Sprint(cfg.SecureCookies),
			"DATABASE_URL": cfg.DatabaseURL.Reveal(), "SESSION_KEY": cfg.SessionKey.Reveal(),
		}
	})
	for _, name := range variables {
		require.Equal(t, want[name], got[name], "Config promises what the variables say, and a default for what is not set: this is %s. The environment was%v", name, e)
	}
	return cfg
}

// refused checks that Load refuses an environment because of these variables.
func (e environment) refused(t *testing.T, faulty ...string) error {
	t.Helper()
	cfg, err := e.load(t)
	slices.Sort(faulty)
	require.Error(t, err, "Load promises an error, here because of %v; it returned none. The environment was%v", faulty, e)
	require.Equal(t, faulty, named(err.Error()),
		"The error of Load promises to name every variable at fault, and no other variable. It was\n\t%v\nThe environment was%v", err, e)
	require.Zero(t, cfg, "Load promises the zero Config with an error; the environment was%v", e)
	return err
}

// named is the variables that a text names.
func named(text string) []string {
	found := slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\w+`).FindAllString(text, -1))))
	return slices.DeleteFunc(found, func(word string) bool { return !slices.Contains(variables, word) })
}

// secret is n letters that no word, number or address can hold by chance.
func secret(r *seed.Rand, n int) string {
	var text strings.Builder
	for range n {
		text.WriteByte("GJKMNPQRSVWXZ"[r.IntN(13)])
	}
	return text.String()
}

var password = regexp.MustCompile(`:([A-Z%]+)@`)

// hides checks that nothing of the secrets of an environment can be seen in a text:
// no four letters in a row, and none of the first bytes in another spelling.
func (e environment) hides(t *testing.T, text, printed string) {
	t.Helper()
	secrets := []string{e["SESSION_KEY"]}
	if found := password.FindStringSubmatch(e["DATABASE_URL"]); found != nil {
		secrets = append(secrets, found[1])
	}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		first := []byte(secret[:6])
		decimal := strings.Trim(fmt.Sprint(first), "[]")
		parts := []string{
			fmt.Sprintf("%x", first), fmt.Sprintf("%X", first), base64.StdEncoding.EncodeToString(first),
			decimal, strings.ReplaceAll(decimal, " ", ","), strings.Trim(fmt.Sprintf("%#v", first)[7:], "}"),
		}
		for i := range len(secret) - 3 {
			parts = append(parts, secret[i:i+4])
		}
		for _, part := range parts {
			if strings.Contains(text, part) {
				t.Fatalf("%s promises to show nothing of the secret %q, also not as bytes, hex or base64. It shows %q:\n\n\t%s\n", printed, secret, part, text)
			}
		}
	}
}
