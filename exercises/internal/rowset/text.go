package rowset

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// quote writes text between quotes. What cannot be seen is escaped: control
// characters, every space but the plain one, marks without a letter, bytes that are no UTF-8.
func quote(text string) string {
	var b strings.Builder
	for i, r := range strconv.Quote(text) { // has left alone what has a glyph in principle
		switch {
		case unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point),
			r == '\u2800', // the Braille pattern without dots
			i == 1 && unicode.Is(unicode.M, r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func escape(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// escaped leaves nothing but ASCII.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < unicode.MaxASCII {
			b.WriteRune(r)
		} else {
			b.WriteString(escape(r))
		}
	}
	return b.String()
}

// twins are letters and signs that look like ASCII in most fonts.
var twins = strings.NewReplacer(pairsOf(
	"АВЕЅІЈКМНОРСТУХаеѕіјорсух", "ABESIJKMHOPCTYXaesijopcyx", // Cyrillic
	"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοντυχι", "ABEZHIKMNOPTYXovtuxi", // Greek
	"‐‑‒–—−’‘′‚“”″„․⁄∕∶", "------''','\"\"\"\".//:",
)...)

func pairsOf(texts ...string) (pairs []string) {
	for i := 0; i < len(texts); i += 2 {
		ascii := texts[i+1]
		for n, r := range []rune(texts[i]) {
			pairs = append(pairs, string(r), ascii[n:n+1])
		}
	}
	return pairs
}

// looks is the same for texts that may look the same: composed or not, in full
// or half width, with letters of another alphabet.
func looks(text string) string { return twins.Replace(norm.NFKC.String(text)) }

// tellApart shows the code points of those texts that look like another one, and are not.
func tellApart(texts []string) []string {
	first := map[string]string{}
	alike := map[string]bool{}
	for _, text := range texts {
		shape := looks(text)
		if other, ok := first[shape]; ok && other != text {
			alike[shape] = true
		}
		first[shape] = text
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		if out[i] = text; alike[looks(text)] {
			out[i] = escaped(text)
		}
	}
	return out
}
