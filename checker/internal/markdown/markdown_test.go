package markdown_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/markdown"
)

// page writes the files below a new root and reads lessons/page.md of it.
func page(t *testing.T, text string, files map[string]string) markdown.Page {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(root, "lessons", filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	}
	for name, text := range files {
		write(name, text)
	}
	write("page.md", text)
	p, err := markdown.Read(root, "lessons/page.md")
	require.NoError(t, err)
	return p
}

func said(problems []markdown.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return lines
}

const source = `package x

func f() {
	// snippet: first
	if x {

		y()
	}

	// end snippet
	const q = ` + "`" + `
		-- snippet: query
		SELECT 1
		  FROM t
		-- end snippet` + "`" + `
}
`

func TestFill(t *testing.T) {
	files := map[string]string{"x.go": source, "all.sql": "SELECT 2;\n\n", "empty.sql": "\n", "deep/fence.txt": "a\n```\n",
		"open.go": "// snippet: a\nx\n// snippet: b\ny\n// end snippet\n// snippet: c\n", "twice.sql": "-- snippet: a\n1\n-- end snippet\n-- snippet: a\n2\n-- end snippet\n"}
	tests := map[string]struct {
		text, want string
		problems   []string
	}{
		"a part loses the indentation that its lines share": {
			text: "before\n<!-- from: x.go#first -->\n```go\nold\n\nolder\n```\nafter\n",
			want: "before\n<!-- from: x.go#first -->\n```go\nif x {\n\n\ty()\n}\n```\nafter\n",
		},
		"SQL inside Go": {
			text: "<!-- from: x.go#query -->\n```sql\n```\n",
			want: "<!-- from: x.go#query -->\n```sql\nSELECT 1\n  FROM t\n```\n",
		},
		"a whole file": {
			text: "<!-- from: all.sql -->\n```sql\n```",
			want: "<!-- from: all.sql -->\n```sql\nSELECT 2;\n```",
		},
		"other blocks stay as they are, whatever is in them": {
			text: "```sh\n<!-- from: x.go#first -->\n```\n<!-- from: x.go#query -->\n```\n```\n",
			want: "```sh\n<!-- from: x.go#first -->\n```\n<!-- from: x.go#query -->\n```\nSELECT 1\n  FROM t\n```\n",
		},
		"Go without a source": {
			text:     "a\n```go\nx()\n```\n",
			problems: []string{"lessons/page.md:2: this block of go comes from no file: put `<!-- from: FILE#NAME -->` above it"},
		},
		"SQL without a source": {
			text:     "```sql\nSELECT 1\n```\n",
			problems: []string{"lessons/page.md:1: this block of sql comes from no file: put `<!-- from: FILE#NAME -->` above it"},
		},
		"a file that is not there": {
			text:     "<!-- from: y.go#first -->\n```go\nkept\n```\n",
			problems: []string{"lessons/page.md:1: there is no file y.go beside the page"},
		},
		"a part that is not there": {
			text:     "<!-- from: x.go#fir -->\n```go\nkept\n```\n",
			problems: []string{"lessons/page.md:1: x.go has no line `snippet: fir`"},
		},
		"a part that does not end before another begins": {
			text:     "<!-- from: open.go#a -->\n```go\n```\n",
			problems: []string{"lessons/page.md:1: the snippet a in open.go has no line `end snippet` before the next one begins"},
		},
		"a part that does not end": {
			text:     "<!-- from: open.go#c -->\n```go\n```\n",
			problems: []string{"lessons/page.md:1: the snippet c in open.go has no line `end snippet`"},
		},
		"two parts of one name": {
			text:     "<!-- from: twice.sql#a -->\n```sql\n```\n",
			problems: []string{"lessons/page.md:1: twice.sql has two snippets a"},
		},
		"an empty file": {
			text:     "<!-- from: empty.sql -->\n```sql\n```\n",
			problems: []string{"lessons/page.md:1: empty.sql is empty"},
		},
		"a source that would end the block": {
			text:     "<!-- from: deep/fence.txt -->\n```text\n```\n",
			problems: []string{"lessons/page.md:1: deep/fence.txt has a line that would end the block: ```"},
		},
		"no block after the comment": {
			text:     "<!-- from: x.go#first -->\n\n```go\n```\n",
			problems: []string{"lessons/page.md:1: no block follows the comment that says where it comes from", "lessons/page.md:3: this block of go comes from no file: put `<!-- from: FILE#NAME -->` above it"},
		},
		"a block without an end": {
			text:     "<!-- from: x.go#first -->\n```go\nx",
			problems: []string{"lessons/page.md:2: the block has no end"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := page(t, tt.text, files)
			text, problems := p.Fill()
			if tt.problems != nil {
				tt.want = tt.text // nothing is lost
			}
			assert.Equal(t, tt.want, text)
			assert.Equal(t, tt.problems, said(problems))
			p.Text = text
			again, _ := p.Fill()
			assert.Equal(t, text, again, "filled twice")
		})
	}
}

func TestLinks(t *testing.T) {
	files := map[string]string{"other.md": "# One & two\n\n```\n# no heading\n```\n\n## Three: `x`\n\n## Again\n\n## Again\n", "figures/a.svg": "<svg/>"}
	for link, leads := range map[string]bool{
		"other.md": true, "other.md#one--two": true, "other.md#three-x": true, "other.md#again-1": true, "../lessons/other.md": true,
		"figures/a.svg": true, "figures": true, "#here": true, "https://example.com/x": true, "mailto:a@b.c": true,
		"gone.md": false, "gone.md#x": false, "other.md#no-heading": false, "other.md#again-2": false, "#there": false, "figures/b.svg": false,
	} {
		p := page(t, "# Here\n\nsee [that]("+link+") and ![this](figures/a.svg)\n", files)
		if leads {
			assert.Empty(t, said(p.Links()), link)
		} else {
			assert.Equal(t, []string{"lessons/page.md:3: the link to " + link + " leads nowhere"}, said(p.Links()))
		}
	}
	p := page(t, "`a[0](gone.md)` and\n```\n[x](gone.md)\n```\n", nil)
	assert.Empty(t, p.Links(), "code has no links")
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	_, err := markdown.Read(t.TempDir(), "lessons/page.md")
	require.ErrorIs(t, err, os.ErrNotExist)
}
