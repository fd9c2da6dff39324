package course

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// hints reads hints.md of dir: the sections `## 1`, `## 2` … in order. In a project, the sections of a milestone stand
// below a heading `# slug`.
func (l *loader) hints(dir, milestone string) []string {
	file := path.Join(dir, "hints.md")
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		if milestone == "" || !l.reported(file) {
			l.problem(file, 0, "is missing: every exercise has hints, as sections ## 1, ## 2 …")
		}
		return nil
	}
	var hints []string
	open := milestone == ""
	for i, line := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
		if h, ok := strings.CutPrefix(line, "# "); ok && milestone != "" {
			open = strings.TrimSpace(h) == milestone
			continue
		}
		if !open {
			continue
		}
		if h, ok := strings.CutPrefix(line, "## "); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(h)); err != nil || n != len(hints)+1 {
				l.problem(file, i+1, "expected the heading ## %d, found %q", len(hints)+1, line)
			}
			hints = append(hints, "")
			continue
		}
		if len(hints) > 0 {
			hints[len(hints)-1] += line + "\n"
		}
	}
	for i := range hints {
		hints[i] = strings.TrimSpace(hints[i])
		if hints[i] == "" {
			l.problem(file, 0, "hint %d is empty", i+1)
		}
	}
	if len(hints) == 0 {
		where := ""
		if milestone != "" {
			where = " below a heading # " + milestone
		}
		l.problem(file, 0, "has no hint%s: write sections ## 1, ## 2 …", where)
	}
	return hints
}

func (l *loader) reported(file string) bool {
	for _, p := range l.problems {
		if p.File == file {
			return true
		}
	}
	return false
}
