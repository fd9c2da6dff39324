package kittest

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares text with testdata/<name>.golden, which `go test -update`
// writes. Addresses of this machine and of this run are replaced before: see [Stable].
func Golden(t testing.TB, name, got string) {
	t.Helper()
	got = Stable(got)
	file := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(got), 0o666)); err != nil {
			t.Fatalf("write golden file: %v", err)
		}
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is missing: look at what follows, and write it with `go test -update`\n\n%s", file, got)
	}
	if err != nil {
		t.Fatalf("read golden file: %v", err)
	}
	if clean := strings.ReplaceAll(string(want), "\r\n", "\n"); clean != got {
		t.Fatalf("%s differs; if the new text is the better one, `go test -update` writes it\n\n--- it holds\n%s\n--- it is now\n%s", file, clean, got)
	}
}

var unstable = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`postgres://[^\s"]+`), "postgres://…"},
	{regexp.MustCompile(`(127\.0\.0\.1|\[::1\]|localhost):\d+`), "$1:PORT"},
	{regexp.MustCompile(`(?m)^goroutine \d+`), "goroutine N"},
	{regexp.MustCompile(`0x[0-9a-f]{6,}`), "0xADDRESS"},
	{regexp.MustCompile(`WORKBOOK_SEED=\d+`), "WORKBOOK_SEED=N"},
	{regexp.MustCompile(`\b[\d,]+ pages`), "N pages"},
	{regexp.MustCompile(`/\S*/(exercises|T|tmp)/\S*`), "/PATH"},
}

// Stable replaces what differs from run to run or from one version of the server
// to another: ports, addresses in memory, connection strings, seeds, absolute
// paths, numbers of pages.
func Stable(text string) string {
	for _, u := range unstable {
		text = u.pattern.ReplaceAllString(text, u.by)
	}
	return text
}
