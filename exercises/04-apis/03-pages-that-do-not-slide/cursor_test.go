package pages_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	pages "workbook/exercises/04-apis/03-pages-that-do-not-slide"
	"workbook/exercises/internal/instances"
)

var alpha = filter{Tenant: "alpha"}

const mark = "the cursor: "

// TestMain is also the copy of the service that ran before: a process that prints one cursor.
func TestMain(m *testing.M) {
	url := os.Getenv("PAGES_BEFORE")
	if url == "" {
		os.Exit(m.Run())
	}
	pool, err := pgxpool.New(context.Background(), url)
	if err == nil {
		var page pages.Page
		page, err = pages.New(pool, key).List(context.Background(), alpha, "", 10)
		fmt.Print("\n", mark, page.Next, "\n")
	}
	if err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
}

// refused requires ErrCursor, or, where original is not nil, the page that the original cursor gives.
func (d *desk) refused(story string, f filter, cursor string, original []event) {
	d.t.Helper()
	page, err := d.try(d.store, f, cursor, 5)
	if err == nil && original != nil && slices.EqualFunc(original, page.Events, func(a, b event) bool { return newer(a, b) == 0 }) {
		return
	}
	require.Truef(d.t, err != nil, "%s: List of %+v fails with ErrCursor, and gave %d events, such as %+v. The cursor: %q", story, f, len(page.Events), page.Events[:min(1, len(page.Events))], cursor)
	require.ErrorIsf(d.t, err, pages.ErrCursor, "%s: List of %+v fails with ErrCursor. The cursor: %q", story, f, cursor)
}

func TestCursor(t *testing.T) {
	forty := open(t, 40)
	t.Run("works_on_another_copy", func(t *testing.T) {
		d := forty.in(t)
		a, b := instances.Two(t, d.DB, func(pool *pgxpool.Pool) *pages.Store { return pages.New(pool, slices.Clone(key)) })
		first := d.list(a.App, alpha, "", 10)
		same(t, "The first page is from one copy of the service, the second one from another", d.want(alpha)[10:20], d.list(b.App, alpha, first.Next, 10).Events)
	})

	t.Run("works_after_a_restart", func(t *testing.T) {
		d := forty.in(t)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		before := exec.CommandContext(ctx, os.Args[0])
		before.Env = append(os.Environ(), "PAGES_BEFORE="+d.URL())
		out, err := before.CombinedOutput()
		require.NoErrorf(t, err, "another process lists the first page: %s", out)
		_, cursor, _ := strings.Cut(string(out), mark)
		cursor, _, _ = strings.Cut(cursor, "\n")
		same(t, "The first page is from a process that has ended, the second one from a new one", d.want(alpha)[10:20], d.list(d.store, alpha, cursor, 10).Events)
	})

	t.Run("of_another_tenant", func(t *testing.T) {
		d := forty.in(t)
		for _, kind := range []string{"", "login"} {
			next := d.list(d.store, filter{"alpha", kind}, "", 5).Next
			d.refused("A cursor of alpha is sent by gamma", filter{"gamma", kind}, next, nil)
		}
	})

	t.Run("of_another_kind", func(t *testing.T) {
		d := forty.in(t)
		kinds := []string{"", "login", "bills", "in & out"}
		for _, of := range kinds {
			next := d.list(d.store, filter{"alpha", of}, "", 5).Next
			for _, with := range kinds {
				if with != of {
					d.refused(fmt.Sprintf("A cursor of kind %q is sent with kind %q", of, with), filter{"alpha", with}, next, nil)
				}
			}
		}
	})

	t.Run("of_names_that_look_alike_together", func(t *testing.T) {
		d := open(t, 0)
		for _, sep := range []string{"", "|", ":", "/", ",", ".", "-", " ", "\n", `","`} {
			one, other := filter{"a", "b" + sep + "c"}, filter{"a" + sep + "b", "c"}
			for _, f := range []filter{one, other} {
				for range 10 {
					d.insert(f.Tenant, event{int64(d.Uint64()), f.Kind, noon})
				}
			}
			d.refused(fmt.Sprintf("A cursor of %+v is sent with %+v", one, other), other, d.list(d.store, one, "", 5).Next, nil)
		}
	})

	t.Run("changed", func(t *testing.T) {
		d := forty.in(t)
		for _, f := range []filter{alpha, {"alpha", "login"}} {
			next := d.list(d.store, f, "", 5).Next
			page := d.list(d.store, f, next, 5).Events
			for i := range next {
				other := "b"
				if next[i] == 'b' {
					other = "c"
				}
				d.refused("One character is another", f, next[:i]+other+next[i+1:], page)
			}
			for _, c := range rewritten(next, func(b []byte) (all [][]byte) {
				for i := range b {
					for _, bit := range []byte{1, 16, 128} {
						changed := bytes.Clone(b)
						changed[i] ^= bit
						all = append(all, changed)
					}
				}
				return all
			}) {
				d.refused("One bit of what is in the cursor is another", f, c, page)
			}
			for _, other := range []filter{{"gamma", f.Kind}, {"alpha", cmp.Or(f.Kind, "login")}} {
				for _, c := range rewritten(next, func(b []byte) [][]byte {
					return [][]byte{bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("alpha"), []byte(other.Tenant)), []byte("login"), []byte(other.Kind))}
				}) {
					if other != f {
						d.refused("The names in the cursor are others", other, c, nil)
					}
				}
			}
		}
	})

	t.Run("cut_or_longer", func(t *testing.T) {
		d := forty.in(t)
		next := d.list(d.store, alpha, "", 5).Next
		page := d.list(d.store, alpha, next, 5).Events
		for i := 1; i < len(next); i++ {
			d.refused("The end of the cursor is missing", alpha, next[:i], page)
			d.refused("The start of the cursor is missing", alpha, next[i:], page)
		}
		for _, more := range []string{"A", "=", "AAAA", next} {
			d.refused("Something follows the cursor", alpha, next+more, page)
		}
	})

	t.Run("from_nowhere", func(t *testing.T) {
		d := forty.in(t)
		for _, cursor := range append(nowhere(), "\x00", "a\x00b", "\xff\xfe") {
			d.refused("No page gave this cursor", alpha, cursor, nil)
		}
	})

	t.Run("of_another_key", func(t *testing.T) {
		d, there := forty.in(t), open(t, 40)
		theirs := pages.New(there.Pool(), []byte("another key of thirty-two bytes!"))
		d.refused("A service with another key and another database made this cursor", alpha, d.list(theirs, alpha, "", 5).Next, nil)
	})
}

// rewritten changes what is in a cursor, or in its parts between points, and writes it as it was written.
func rewritten(cursor string, change func([]byte) [][]byte) (all []string) {
	type codec struct {
		read  func(string) ([]byte, error)
		write func([]byte) string
	}
	codecs := []codec{{hex.DecodeString, hex.EncodeToString}, {func(s string) ([]byte, error) { return []byte(s), nil }, func(b []byte) string { return string(b) }}}
	for _, c := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		codecs = append(codecs, codec{c.DecodeString, c.EncodeToString})
	}
	parts := strings.Split(cursor, ".")
	for i, part := range parts {
		for _, c := range codecs {
			content, err := c.read(part)
			if err != nil {
				continue
			}
			for _, changed := range change(content) {
				again := slices.Clone(parts)
				again[i] = c.write(changed)
				if joined := strings.Join(again, "."); joined != cursor && !slices.Contains(all, joined) {
					all = append(all, joined)
				}
			}
		}
	}
	return all
}

// nowhere has cursors that no page gave, which can be written in an address.
func nowhere() []string {
	list := []string{"x", "0", "null", "undefined", "20", "-1", "AAAA", "A.B", "a.b.c", "2026-03-29T12:00:00Z", "'", strings.Repeat("A", 22), strings.Repeat("A", 64), strings.Repeat("A", 5000)}
	for _, text := range []string{"{}", "[]", "null", `{"id":1}`, "0", strings.Repeat("\x00", 16), strings.Repeat("\x00", 48)} {
		list = append(list, base64.RawURLEncoding.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return list
}
