// Package configuration reads what a deployment decides about the shop.
package configuration

import (
	"errors"
	"io"
	"log/slog"
	"net/url"
	"time"
)

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
type Secret struct{} // TODO

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	// TODO
	return ""
}

// Load reads every variable through getenv, which returns "" for one that is
// not set. With an error, which names all variables at fault, the Config is zero.
func Load(getenv func(string) string) (Config, error) {
	// TODO
	return Config{}, errors.New("load configuration: not written yet")
}

// Run is the program: it loads the configuration, then listens and serves. It
// returns the exit status, and returns only when something is wrong.
func Run(getenv func(string) string, stdout, stderr io.Writer) int {
	// TODO
	return 1
}
