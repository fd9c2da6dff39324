package kit

import (
	"fmt"
	"io"
	"strings"
)

// Markdown is the table of the primitives for CONTRIBUTING.md.
func Markdown(all []Primitive) string {
	var b strings.Builder
	b.WriteString("| primitive | what it does | what a test proves with it | used in |\n| --- | --- | --- | --- |\n")
	for _, p := range all {
		fmt.Fprintf(&b, "| `%s.%s` | %s | %s | %s |\n", p.Package, p.Name, plain(p.Provides), plain(p.Proves), strings.Join(p.UsedIn, ", "))
	}
	return b.String()
}

// plain keeps Markdown from reading a tag or a column into a sentence.
func plain(text string) string { return strings.NewReplacer("<", `\<`, "|", `\|`).Replace(text) }

// Text writes the primitives for somebody at a terminal.
func Text(w io.Writer, all []Primitive) error {
	var b strings.Builder
	for _, p := range all {
		used := "no exercise yet"
		if len(p.UsedIn) > 0 {
			used = strings.Join(p.UsedIn, ", ")
		}
		fmt.Fprintf(&b, "%s.%s\n    %s.\n    proves   %s\n    used in  %s\n", p.Package, p.Name, p.Provides, p.Proves, used)
	}
	fmt.Fprintf(&b, "\nThe documentation of a package: go doc workbook/%s/gate\n", Dir)
	_, err := io.WriteString(w, b.String())
	return err
}
