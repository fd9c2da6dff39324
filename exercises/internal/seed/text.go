package seed

import (
	"fmt"
	"strings"
)

var (
	first = []string{"Ada", "Björk", "Chidi", "Dolores", "Elif", "Farah", "Grace", "Hedy", "Inês", "José", "Kōji", "Ljubica", "Mary", "Noor", "Oisín", "Zoë"}
	last  = []string{"Ångström", "Brontë", "Curie", "D'Angelo", "Erdős", "García Márquez", "Hopper", "Kovalevskaya", "Lovelace", "Nguyễn", "O'Brien", "Şahin", "van der Berg", "Wu-Li"}
	words = strings.Fields("amber basil copper delta ember fable grove harbor indigo jasper kettle lantern meadow nectar onyx pepper quartz ribbon saffron timber umber velvet willow yonder zephyr")
)

// Name returns a person's name. Some have letters beyond ASCII, an apostrophe or
// a space, as names do.
func (r *Rand) Name() string { return Pick(r, first...) + " " + Pick(r, last...) }

// Word returns a word of lower-case ASCII letters, with a number that makes two
// of them differ nearly always.
func (r *Rand) Word() string { return fmt.Sprintf("%s%d", Pick(r, words...), r.IntN(1_000_000)) }

// Email returns an address of a word at a domain that nobody can own (RFC 2606).
func (r *Rand) Email() string {
	return r.Word() + "@" + Pick(r, "example.com", "example.net", "example.org")
}

// Canary returns a word that stands nowhere else, to be looked for where it must not be.
func (r *Rand) Canary() string { return fmt.Sprintf("CANARY-%016x", r.Uint64()) }

// awkward are texts that get lost, cut, or understood as something else.
var awkward = []string{
	"", " ", " leading", "trailing ", "two  spaces", "tab\tinside", "line\nbreak", "line\r\nbreak",
	"O'Brien", `say "hi"`, "back\\slash", `\x41\n`, "50%", "under_score", "semi;colon", "a,b", "--", "/* */", "$1", "$$", "?", ":name", "@name",
	"<b>bold</b>", "a & b", "&amp;", "{{.}}", "${HOME}", "%s%d", "null", "NULL", "true", "0", "-1", "1e9", "00123",
	"é", "e\u0301", "ẞß", "İi", "日本語", "عربي", "👩‍💻", "🇮🇳", "\u200b", "\u00a0", "\ufeff", "\u202e",
	strings.Repeat("long ", 60),
}

// Awkward returns a text that a user could type and that must come back letter
// for letter: quotes, wildcards, markup, numbers that are text, scripts from
// right to left, letters that have two forms. It is valid UTF-8 without NUL,
// which PostgreSQL keeps as it is. The empty text is among them.
func (r *Rand) Awkward() string { return Pick(r, awkward...) }

// AllAwkward returns all of them, in random order.
func (r *Rand) AllAwkward() []string { return Shuffled(r, awkward) }
