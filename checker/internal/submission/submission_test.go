package submission_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/submission"
)

// item is an entry of an archive that a test makes.
type item struct {
	name, text string
	link       string // what a symbolic link leads to
	hard       bool   // a hard link of a tar instead
}

const answer = "exercises/03-databases/06-move-money/transfer.go"

func zipOf(items ...item) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, i := range items {
		h := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		h.SetMode(0o644)
		if i.link != "" {
			h.SetMode(fs.ModeSymlink | 0o777)
			i.text = i.link
		}
		f, err := w.CreateHeader(h)
		must(err)
		_, err = f.Write([]byte(i.text))
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

func tarOf(items ...item) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Mode: 0o644, Size: int64(len(i.text)), Format: tar.FormatPAX}
		if i.link != "" {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, i.link, 0
			if i.hard {
				h.Typeflag = tar.TypeLink
			}
		}
		must(w.WriteHeader(h))
		if i.link == "" {
			_, err := w.Write([]byte(i.text))
			must(err)
		}
	}
	must(w.Close())
	return b.Bytes()
}

func gzipOf(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	must(err)
	must(w.Close())
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func wanted(name string) bool {
	return strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".jsonl")
}

func handIn(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}

func names(s *submission.Submission) []string { return slices.Sorted(maps.Keys(s.Files)) }

func TestOpen(t *testing.T) {
	good := []item{{name: "workbook-main/README.md", text: "x"}, {name: "workbook-main/" + answer, text: "package a"}, {name: "workbook-main/.workbook/attempts.jsonl", text: "{}\n"}}
	for name, content := range map[string][]byte{"ada.zip": zipOf(good...), "ada.tar": tarOf(good...), "ada.tar.gz": gzipOf(tarOf(good...)), "ada.TGZ": gzipOf(tarOf(good...))} {
		t.Run("an_archive_with_a_folder_at_the_top_"+name, func(t *testing.T) {
			s, err := submission.Open(handIn(t, name, content), wanted, submission.Usual)
			require.NoError(t, err)
			assert.Equal(t, "ada", s.Name)
			assert.Equal(t, []string{".workbook/attempts.jsonl", answer}, names(s))
			assert.Equal(t, "package a", string(s.Files[answer]))
			assert.Empty(t, s.Refused)
		})
	}
	t.Run("a_folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "ada")
		write(t, filepath.Join(dir, answer), "package a")
		write(t, filepath.Join(dir, ".git", answer), "package b")
		s, err := submission.Open(dir, wanted, submission.Usual)
		require.NoError(t, err)
		assert.Equal(t, "ada", s.Name)
		assert.Equal(t, map[string][]byte{answer: []byte("package a")}, s.Files)
	})
	t.Run("a_folder_in_a_folder", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "my", "clone", answer), "package a")
		write(t, filepath.Join(dir, "old", "copy", "of", "it", answer), "package b")
		s, err := submission.Open(dir, wanted, submission.Usual)
		require.NoError(t, err)
		assert.Equal(t, map[string][]byte{answer: []byte("package a")}, s.Files)
	})
	t.Run("an_empty_file_is_a_file", func(t *testing.T) {
		s, err := submission.Open(handIn(t, "a.zip", zipOf(item{name: answer})), wanted, submission.Usual)
		require.NoError(t, err)
		assert.Equal(t, map[string][]byte{answer: {}}, s.Files)
	})
	t.Run("names_with_backslashes", func(t *testing.T) {
		s, err := submission.Open(handIn(t, "a.zip", zipOf(item{name: strings.ReplaceAll("w/"+answer, "/", `\`), text: "package a"})), wanted, submission.Usual)
		require.NoError(t, err)
		assert.Equal(t, []string{answer}, names(s))
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// TestRefused: what is left out alone, with the reason; everything else of the submission counts.
func TestRefused(t *testing.T) {
	big := strings.Repeat("x", int(submission.Usual.File)+1)
	other := strings.Replace(answer, "transfer", "other", 1)
	for name, c := range map[string]struct {
		bad item
		why string
	}{
		"a_path_that_leads_up":     {item{name: "../../" + other, text: "x"}, "leads outside"},
		"a_path_that_hides_it":     {item{name: "exercises/../../" + other, text: "x"}, "leads outside"},
		"an_absolute_path":         {item{name: "/etc/cron.d/x.go", text: "x"}, "leads outside"},
		"backslashes_that_lead_up": {item{name: `..\..\` + other, text: "x"}, "leads outside"},
		"a_link":                   {item{name: other, link: "/etc/passwd"}, "is a link"},
		"a_link_as_a_folder":       {item{name: "exercises/03-databases/07-on-call", link: "../../solutions/03-databases/07-on-call"}, "is a link"},
		"a_hard_link":              {item{name: other, link: answer, hard: true}, "is a link"},
		"a_file_beyond_the_limit":  {item{name: other, text: big}, "is larger than 1024 KiB"},
		"the_same_file_again":      {item{name: answer, text: "package b"}, "a second time"},
		"the_same_file_otherwise":  {item{name: "./" + answer, text: "package b"}, "a second time"},
	} {
		for kind, pack := range map[string]func(...item) []byte{"zip": zipOf, "tar": tarOf} {
			if c.bad.hard && kind == "zip" {
				continue
			}
			t.Run(kind+"_with_"+name, func(t *testing.T) {
				s, err := submission.Open(handIn(t, "a."+kind, pack(item{name: answer, text: "package a"}, c.bad)), wanted, submission.Usual)
				require.NoError(t, err)
				assert.Equal(t, map[string][]byte{answer: []byte("package a")}, s.Files)
				require.Len(t, s.Refused, 1)
				assert.Equal(t, c.bad.name, s.Refused[0].File)
				assert.Contains(t, s.Refused[0].Why, c.why)
			})
		}
	}
	t.Run("a_folder_with_links_out_of_it", func(t *testing.T) {
		outside := t.TempDir()
		write(t, filepath.Join(outside, "transfer.go"), "package secret")
		dir := t.TempDir()
		write(t, filepath.Join(dir, answer), "package a")
		require.NoError(t, os.Symlink(filepath.Join(outside, "transfer.go"), filepath.Join(dir, other)))
		require.NoError(t, os.Symlink(outside, filepath.Join(dir, "exercises/03-databases/07-on-call")))
		s, err := submission.Open(dir, wanted, submission.Usual)
		require.NoError(t, err)
		assert.Equal(t, []string{answer}, names(s))
		assert.Len(t, s.Refused, 2)
	})
}

// TestNotASubmission: one clear line, and nothing is read without an end.
func TestNotASubmission(t *testing.T) {
	small := submission.Limits{Entries: 5, File: 100, Files: 150, Unpack: 10_000}
	one := item{name: answer, text: "package a"}
	numbered := func(n int, text string) (items []item) {
		for i := range n {
			items = append(items, item{name: strings.Replace(answer, "transfer", string(rune('a'+i)), 1), text: text})
		}
		return items
	}
	damaged := gzipOf(tarOf(one))
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"something_else":                 {[]byte("hello"), "neither a folder nor a zip"},
		"an_empty_file":                  {nil, "neither a folder nor a zip"},
		"a_zip_without_a_workbook":       {zipOf(item{name: "holiday.jpg"}), "holds no folder like"},
		"an_empty_zip":                   {zipOf(), "holds no folder like"},
		"a_zip_cut_short":                {zipOf(one)[:60], "read zip"},
		"a_tar_gz_cut_short":             {damaged[:len(damaged)-20], "unexpected EOF"},
		"too_many_files":                 {zipOf(numbered(6, "x")...), "more than 5 files"},
		"too_much_in_all":                {tarOf(numbered(2, strings.Repeat("x", 90))...), "larger than"},
		"a_tar_that_unpacks_to_too_much": {gzipOf(tarOf(item{name: "zeros", text: strings.Repeat("\x00", 20_000)}, one)), "unpacks to more"},
	} {
		t.Run(name, func(t *testing.T) {
			file := handIn(t, "ada", c.content)
			_, err := submission.Open(file, wanted, small)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.says)
			assert.Contains(t, err.Error(), file)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("nothing_there", func(t *testing.T) {
		_, err := submission.Open(filepath.Join(t.TempDir(), "ada"), wanted, small)
		require.ErrorContains(t, err, "no such file")
	})
}

// FuzzOpen: whatever the bytes, nothing leaves the submission and nothing goes beyond the limits.
func FuzzOpen(f *testing.F) {
	evil := item{name: "../" + answer, text: "x"}
	link := item{name: answer, link: "/etc/passwd"}
	for _, items := range [][]item{{{name: "w/" + answer, text: "package a"}}, {evil, {name: answer}}, {link, {name: answer}}} {
		f.Add(zipOf(items...))
		f.Add(tarOf(items...))
		f.Add(gzipOf(tarOf(items...)))
	}
	limits := submission.Limits{Entries: 50, File: 1000, Files: 5000, Unpack: 100_000}
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := submission.Open(handIn(t, "a", content), wanted, limits)
		if err != nil {
			return
		}
		size := 0
		for name, text := range s.Files {
			require.True(t, filepath.IsLocal(name) && wanted(name), name)
			require.LessOrEqual(t, len(text), 1000)
			size += len(text)
		}
		require.LessOrEqual(t, size, 5000)
	})
}
