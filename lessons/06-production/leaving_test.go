//go:build unix

package production_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

func TestLeaving(t *testing.T) {
	program := filepath.Join(t.TempDir(), "leaving")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./leaving").CombinedOutput()
	require.NoError(t, err, string(out))
	rows := []string{"the program leaves\tthe client in the middle of a request gets\tit ends with"}
	for _, way := range []string{"not at all", "hastily", "in order"} {
		client, exit := leave(t, program, way)
		rows = append(rows, way+"\t"+client+"\t"+exit)
	}
	exercises.Golden(t, "leaving", lines(t, rows...))
}

// leave starts the program, asks it to leave while it answers a request, and says what the client got and how it ended.
func leave(t *testing.T, program, way string) (client, exit string) {
	t.Helper()
	asked, answer := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-answer
	}))
	t.Cleanup(slow.Close)

	cmd := exec.CommandContext(t.Context(), program, way, slow.URL)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	address = strings.TrimSpace(address)

	got := make(chan string, 1)
	go func() { got <- get("http://" + address) }()
	<-asked
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended: // it did not wait for the answer
	case <-refused(address):
		// It takes nothing new. One that ends here all the same does so at once.
		select {
		case <-ended:
		case <-time.After(time.Second):
		}
	}
	close(answer)
	client = <-got
	if cmd.ProcessState == nil {
		<-ended
	}
	return client, cmd.ProcessState.String()
}

func get(url string) string {
	answer, err := http.Get(url)
	if err != nil {
		return "no answer: the connection broke"
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "half an answer"
	}
	return answer.Status + ", " + strings.TrimSpace(string(text))
}

// refused is closed when nobody listens at the address any more.
func refused(address string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return done
}
