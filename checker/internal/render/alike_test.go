package render_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"workbook/checker/internal/render"
)

var (
	seed  = flag.Uint64("seed", 1, "what the random texts are drawn from")
	draws = flag.Int("draws", 2000, "how many pairs of them each form is tried with")
)

// nasty are characters that look like others, join others, or show nothing.
var nasty = []string{
	"a", "а", "ａ", "e", "é", "e\u0301", "\u0301", "\u0300", "o", "ο", "о", "0", "O", "l", "1", "I", "|", "fi", "ﬁ", "ß", "ss", "Å", "Å",
	"-", "–", "—", "‐", "\u00ad", "'", "’", "`", `"`, "“", "…", "...", " ", "  ", "\u00a0", "\u2009", "\u3000", "\t", "\r", "\n", "\r\n",
	"\x00", "\x1b", "\x1b[1m", "\b", "\x7f", "\u009b", "\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u2028", "\u3164", "\u2800",
	"\ufe0f", "\U000e0041", "\u034f", "\u115f", "‹", "›", "‹ESC›", "‹U+00A0›", `\u00a0`, `\x00`, `\`, "\ue000", "²", "2", "½", "ⅳ", "iv",
}

// lookalikes fold what a reader takes for the same character, beyond what NFKC and the removal of the invisible do.
var lookalikes = strings.NewReplacer(
	"а", "a", "ο", "o", "о", "o", "O", "0", "I", "l", "1", "l", "|", "l", "–", "-", "—", "-", "‐", "-", "’", "'", "`", "'", "“", `"`,
)

// seen is what a hurried reader sees of a line.
func seen(line string) string {
	visible := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.M, r) ||
			unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800' {
			return -1
		}
		return r
	}, norm.NFKD.String(line))
	return lookalikes.Replace(strings.TrimRight(visible, " "))
}

// catcher is a test that keeps what an assertion says.
type catcher struct{ said string }

func (c *catcher) Errorf(format string, args ...any) { c.said += fmt.Sprintf(format, args...) }
func (*catcher) Name() string                        { return "TestX/case" }

// printed is how a message reaches the checker: behind its position, indented, in the JSON of go test, which has no place
// for bytes that are no UTF-8.
func printed(message string) string {
	return strings.ToValidUTF8("    x_test.go:1: "+strings.ReplaceAll(message, "\n", "\n        ")+"\n", "\ufffd")
}

// draw makes a text, and another one that differs from it in a place or two.
func draw(r *rand.Rand, alphabet []string) (string, string) {
	parts := make([]string, r.IntN(12))
	for i := range parts {
		parts[i] = alphabet[r.IntN(len(alphabet))]
	}
	other := append([]string{}, parts...)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(other) + 1)
		switch {
		case at == len(other):
			other = append(other, alphabet[r.IntN(len(alphabet))])
		case r.IntN(3) == 0:
			other = append(other[:at], other[at+1:]...)
		default:
			other[at] = alphabet[r.IntN(len(alphabet))]
		}
	}
	return strings.Join(parts, ""), strings.Join(other, "")
}

var shownPairs = map[string]*regexp.Regexp{
	"equal": regexp.MustCompile(`(?m)^expected: (.*)\nactual  : (.*)$`),
	"error": regexp.MustCompile(`(?m)^expected: (.*)\nactual  : (.*)$`),
	"slice": regexp.MustCompile(`(?m)^expected: (.*)\nactual  : (.*)$`),
	"line":  regexp.MustCompile(`(?m)^Title: got (.*), want ?(.*)$`),
	"lines": regexp.MustCompile(`(?m)^got: {0,2}(.*)\nwant: ?(.*)$`),
	"block": regexp.MustCompile(`(?s)got:\n(.*)\nwant:\n(.*?)(?:\nThey differ|\n\(x_test|$)`),
}

// failures are the ways in which a test may show two texts.
var failures = map[string]func(e, a string) string{
	"equal": func(e, a string) string { c := catcher{}; assert.Equal(&c, e, a); return c.said },
	"error": func(e, a string) string { c := catcher{}; assert.EqualError(&c, fmt.Errorf("%s", a), e); return c.said },
	"slice": func(e, a string) string { c := catcher{}; assert.Equal(&c, []string{e}, []string{a}); return c.said },
	"line":  func(e, a string) string { return fmt.Sprintf("Title: got %s, want %s", a, e) },
	"lines": func(e, a string) string { return fmt.Sprintf("got:  %s\nwant: %s", a, e) },
	"block": func(e, a string) string { return fmt.Sprintf("got:\n%s\nwant:\n%s", a, e) },
}

// TestDifferentTextsLookDifferent: what is shown of two texts can be told apart, or a line says where they differ. And
// nothing that is shown is one of the characters that a terminal obeys.
func TestDifferentTextsLookDifferent(t *testing.T) {
	for form, fail := range failures {
		t.Run(form, func(t *testing.T) {
			r := rand.New(rand.NewPCG(*seed, 2))
			alphabet := append([]string{"\xff", "\xfe"}, nasty...)
			for i := range *draws {
				e, a := draw(r, alphabet)
				if form == "line" || form == "lines" || form == "block" {
					e, a = strings.ToValidUTF8(e, ""), strings.ToValidUTF8(a, "")
				}
				if form == "line" || form == "lines" { // of one line, as the form has it
					e, a = strings.ReplaceAll(e, "\n", ""), strings.ReplaceAll(a, "\n", "")
				}
				if form == "block" { // a blank line may end it
					e, a = strings.ReplaceAll(e, "\n", "x\n")+"x", strings.ReplaceAll(a, "\n", "x\n")+"x"
				}
				if e == a {
					continue
				}
				story := render.Story(printed(fail(e, a)))
				require.Empty(t, terminal.FindAllString(strings.ReplaceAll(story, "\t", ""), -1), "%d: %q, %q:\n%s", i, e, a, story)
				if strings.Contains(story, "They differ ") {
					continue
				}
				m := shownPairs[form].FindStringSubmatch(story)
				require.NotNil(t, m, "%d: %q, %q:\n%s", i, e, a, story)
				require.NotEqual(t, seen(m[1]), seen(m[2]), "%d: %q, %q:\n%s", i, e, a, story)
			}
		})
	}
}

// TestWhereTheyDiffer: the note is true of the place and of both sides.
func TestWhereTheyDiffer(t *testing.T) {
	place := regexp.MustCompile(`They differ (?:in line (\d+), )?at character (\d+): (?:expected|want) (.*), (?:actual|got) (.*)\.$`)
	for _, form := range []string{"equal", "error", "line", "lines"} {
		t.Run(form, func(t *testing.T) {
			r := rand.New(rand.NewPCG(*seed, 3))
			noted := 0
			for range *draws {
				e, a := draw(r, nasty)
				if form == "line" || form == "lines" {
					e, a = "x"+strings.ReplaceAll(e, "\n", ""), "x"+strings.ReplaceAll(a, "\n", "")
				}
				story := render.Story(printed(failures[form](e, a)))
				note := ""
				if _, rest, ok := strings.Cut(story, "They differ "); ok {
					note, _, _ = strings.Cut("They differ "+strings.ReplaceAll(rest, "\n  ", " "), "\n")
				}
				if e == a || note == "" {
					continue
				}
				noted++
				m := place.FindStringSubmatch(note)
				require.NotNil(t, m, "%q, %q: %s", e, a, note)
				restE, restA := after(t, e, m[1], m[2]), after(t, a, m[1], m[2])
				require.Equal(t, strings.TrimSuffix(e, restE), strings.TrimSuffix(a, restA), "%q, %q: %s", e, a, note)
				begins(t, restE, m[3])
				begins(t, restA, m[4])
				require.NotEqual(t, m[3], m[4])
			}
			require.Greater(t, noted, *draws/4)
		})
	}
}

// after is what a text has from a place on.
func after(t *testing.T, text, line, character string) string {
	t.Helper()
	var l, c int
	if line == "" {
		line = "1"
	}
	_, err := fmt.Sscan(line+" "+character, &l, &c)
	require.NoError(t, err)
	for ; l > 1; l-- {
		_, rest, found := strings.Cut(text, "\n")
		require.True(t, found)
		text = rest
	}
	runes := []rune(text)
	require.LessOrEqual(t, c-1, len(runes))
	return string(runes[c-1:])
}

// begins shows that a text begins with the characters that a note names.
func begins(t *testing.T, text, note string) {
	t.Helper()
	var named []rune
	for _, m := range regexp.MustCompile(`U\+([0-9A-F]{4,6}) `).FindAllStringSubmatch(note, -1) {
		var r rune
		_, err := fmt.Sscanf(m[1], "%X", &r)
		require.NoError(t, err)
		named = append(named, r)
	}
	require.True(t, strings.HasPrefix(text, string(named)), "%q: %s", text, note)
	require.Equal(t, text == "", note == "nothing more", "%q: %s", text, note)
}

// TestPlainDifferencesNeedNoNote: what anybody sees is not explained.
func TestPlainDifferencesNeedNoNote(t *testing.T) {
	for _, pair := range [][2]string{{"Emma", "Anna"}, {"", "Emma"}, {"100", "90"}, {"a b", "a  b"}, {"Zürich", "Bern"}, {"rose", "Rose"}} {
		for form, fail := range failures {
			story := render.Story(printed(fail(pair[0], pair[1])))
			require.NotContains(t, story, "They ", form)
			require.NotContains(t, story, "‹", form)
		}
	}
}

// TestWaysToSayIt: however an author puts it, the sides are told apart. Here the letter wanted is Latin, the one got Cyrillic.
func TestWaysToSayIt(t *testing.T) {
	const note = "They differ at character 1: want a (U+0061 LATIN SMALL LETTER A), got а (U+0430 CYRILLIC SMALL LETTER A)."
	for _, said := range []string{
		"got а, want a", "got а; want a", "got а want a", "got: а, want: a", "got = а, want = a", "got а but want a", "Got а, wanted a",
		"want a, got а", "wanted a; got а", "want: a, got: а", "expected a, got а", "expected a but got а", "expected a, but received а",
		"Name: have а, want a", "Name() = а, want a", "expected a, actual а",
		"got: а\nwant: a", "got:  а\nwant: a", "want: a\ngot:  а", "expected: a\nactual:   а", "  want: a\n  got:  а\nfor book 7",
		"got:\nа\nwant:\na", "want:\na\n\ngot:\nа\n\nfor book 7", "GOT: а\nWANT: a",
	} {
		story := strings.ReplaceAll(render.Story(printed(said)), "\n  ", " ")
		require.Contains(t, story, note, said)
	}
}

// TestBlocksWithBlankLines: values of several lines may have blank ones in them.
func TestBlocksWithBlankLines(t *testing.T) {
	story := render.Story(printed("got:\nx\n\nа\nwant:\nx\n\na\n\nfor book 7"))
	require.Contains(t, story, "They differ in line 3, at character 1: want a (U+0061")
}

// TestSameTextIsNoComparison: a note needs two values.
func TestSameTextIsNoComparison(t *testing.T) {
	for _, said := range []string{"got nothing", "want: a", "got: a", "the caller wanted more", "as expected", "gotten а, wanting a"} {
		require.Equal(t, said+"\n(x_test.go:1)", render.Story(printed(said)))
	}
}
