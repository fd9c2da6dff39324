package configuration_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
	"workbook/exercises/internal/seed"
)

// hold listens on a port of 127.0.0.1 that the system gives to nobody by itself.
func hold(t *testing.T, r *seed.Rand) (net.Listener, string) {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(r.Between(20000, 32000))
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			t.Cleanup(func() { listener.Close() })
			return listener, port
		}
	}
	t.Fatal("the test is at fault: no port is free")
	return nil, ""
}

func TestProgram(t *testing.T) {
	shop := proc.Build(t, "./cmd/shop")
	start := func(t *testing.T, e environment) *proc.Process {
		return shop.Start(t, proc.Env(strings.Fields(strings.ReplaceAll(fmt.Sprint(e), `"`, ""))...))
	}
	fails := func(t *testing.T, e environment) string {
		t.Helper()
		p := start(t, e)
		status := p.Wait("With this environment the program promises to end").Status
		assert.True(t, status >= 1 && status <= 125, "The program promises a status from 1 to 125; it was %d. The environment was%v", status, e)
		assert.Empty(t, p.Stdout(), "The program promises to print nothing to stdout when it does not start")
		return p.Stderr()
	}

	t.Run("with_faults_says_all_and_ends", func(t *testing.T) {
		r := seed.New(t)
		_, port := hold(t, r) // whoever listens first gets another error
		e := good(r).with("PORT", port).with("TIMEOUT", "30").with("DATABASE_URL", "").with("SESSION_KEY", secret(r, 31))
		stderr := fails(t, e)
		lines := map[string]bool{}
		for line := range strings.Lines(stderr) {
			if names := named(line); len(names) == 1 {
				lines[names[0]] = true
			}
		}
		assert.Equal(t, map[string]bool{"TIMEOUT": true, "DATABASE_URL": true, "SESSION_KEY": true}, lines,
			"The program promises a line on stderr for each variable at fault, before it listens. Somebody else already listens on %s, the PORT; stderr was\n\t%s\nThe environment was%v", port, stderr, e)
		e.hides(t, stderr, "The program's stderr")
	})
	t.Run("without_faults_listens_and_says_where", func(t *testing.T) {
		r := seed.New(t)
		listener, port := hold(t, r)
		e := good(r).with("PORT", port)
		require.NoError(t, listener.Close())
		p := start(t, e)
		p.Line("With a right configuration the program promises to say where it listens", `^listening on 127\.0\.0\.1:`+port+`\r?$`)
		p.Listens("The program promises to listen on 127.0.0.1 and PORT when it has said so", "127.0.0.1:"+port)
		answer, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://127.0.0.1:" + port + "/")
		require.NoError(t, err, "The program promises an answer to every HTTP request; the environment was%v", e)
		require.NoError(t, answer.Body.Close())
		if elsewhere, err := net.DialTimeout("tcp", "127.0.0.2:"+port, 2*time.Second); err == nil { // where there is no such address, nobody answers
			elsewhere.Close()
			t.Errorf("The program promises to listen on 127.0.0.1. It answers on 127.0.0.2 as well, and so maybe on every address of the machine")
		}
		p.Signal(os.Kill) // then everything that it has printed is there
		p.Wait("A killed program ends")
		e.hides(t, p.Stdout()+p.Stderr(), "The program")
	})
	t.Run("with_a_taken_port_says_so_and_ends", func(t *testing.T) {
		r := seed.New(t)
		_, port := hold(t, r)
		e := good(r).with("PORT", port)
		stderr := fails(t, e)
		assert.NotEmpty(t, stderr, "The program promises the reason on stderr when PORT is taken")
		e.hides(t, stderr, "The program's stderr")
	})
}
