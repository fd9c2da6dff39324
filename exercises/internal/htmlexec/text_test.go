package htmlexec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/kittest"
)

func TestText(t *testing.T) {
	for page, want := range map[string]string{
		``:                                      "",
		`Ann &amp; Bob`:                         "Ann & Bob",
		"  a \n\t b\f c&nbsp; ":                 "a b c\u00a0",
		`<p>a</p><p>b</p>c<br>d`:                "a\nb\nc\nd",
		`a<b>b</b><i>c</i><wbr>d <x-y>e</x-y>f`: "abcd ef",
		`<table><tr><td>a<td>b</table>`:         "a\nb",
		`<title>t</title>x<script>a()</script><style>p{}</style><template>y</template><noscript>z</noscript>`:                      "x",
		`<body>x<title>t</title><iframe>a</iframe><noembed>b</noembed><svg><style>c</style><script>d</script><text>e</text></svg>`: "x\ne",
		`<textarea>a<b>&lt;</textarea><select><option>c</select><input value=d><!-- e -->`:                                         "a<b><\nc",
		"a\x00b \xff": "ab \xff",
		`<pre>
  a
  b</pre>`: "a b",
	} {
		assert.Equal(t, want, htmlexec.Text(page), page)
	}
	assert.Empty(t, htmlexec.Text(strings.Repeat("<div>", 600)+"x"))
}

func TestShowsWhatHTMLCanShow(t *testing.T) {
	for name, c := range map[string]struct {
		page, input string
		shown       bool
	}{
		"white space":                 {"<p>a b</p>", " a \r\n\n b\t", true},
		"no-break space is a letter":  {"<p>a b</p>", "a\u00a0b", false},
		"U+0000 vanishes":             {"<p>ab</p>", "a\x00b", true},
		"U+0000 is replaced":          {"<p>a\ufffdb</p>", "a\x00b", true},
		"bytes that are no UTF-8":     {"<p>a\ufffd\ufffdb</p>", "a\xe2\x82b", true},
		"half of it":                  {"<p>Ann</p>", "Ann Lee", false},
		"case":                        {"<p>ann</p>", "Ann", false},
		"words in two places":         {"<p>Ann</p><img><p>x</p><p>Lee</p>", "Ann Lee", false},
		"words in two blocks":         {"<p>Ann</p><p>Lee</p>", "Ann Lee", true},
		"one word in two blocks":      {"<p>An</p><p>n</p>", "Ann", false},
		"a comment does not separate": {"<p>An<!-- -->n</p>", "Ann", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := kittest.Play(t, "TestLearner", func(t testing.TB) { htmlexec.Shows(t, c.page, c.input) })
			assert.Equal(t, c.shown, !r.Failed(), r.Said())
		})
	}
}

func TestShowsTellsWhere(t *testing.T) {
	long := strings.Repeat("<p>some other words</p>", 30)
	r := kittest.Play(t, "TestLearner", func(t testing.TB) {
		htmlexec.Shows(t, long+"<p>the bold claim</p>"+long, "the <b>bold</b> claim")
	})
	assert.Contains(t, r.Said(), "words the bold claim some")
	assert.Less(t, len(r.Said()), 300)
	assert.Contains(t, r.Said(), "…")
	r = kittest.Play(t, "TestLearner", func(t testing.TB) { htmlexec.Shows(t, long, "§§§") })
	assert.Contains(t, r.Said(), "\n\tsome other words")
	assert.Less(t, len(r.Said()), 400)
	assert.Greater(t, len(r.Said()), 200)
}

// TestMistakes is about what a test or a program gets wrong before anything
// can be checked.
func TestMistakes(t *testing.T) {
	deep := strings.Repeat("<div>", 600)
	for name, c := range map[string]struct {
		check kittest.Program
		says  string
	}{
		"nothing, empty page":          {func(t testing.TB) { htmlexec.Nothing(t, " \n", "x") }, "the page is empty"},
		"nothing, empty input":         {func(t testing.TB) { htmlexec.Nothing(t, "x", "") }, "the test gives no input"},
		"nothing, empty harmless page": {func(t testing.TB) { htmlexec.Nothing(t, "x", "x", htmlexec.Harmless("")) }, "the page is empty"},
		"nothing, deep page":           {func(t testing.TB) { htmlexec.Nothing(t, deep, "x") }, "nested more than 500 deep"},
		"shape, empty harmless page":   {func(t testing.TB) { htmlexec.SameShape(t, "", "x", "x") }, "the page is empty"},
		"shape, empty input":           {func(t testing.TB) { htmlexec.SameShape(t, "x", "x", "") }, "the test gives no input"},
		"shape, deep page":             {func(t testing.TB) { htmlexec.SameShape(t, deep, deep, "x") }, "nested more than 500 deep"},
		"shows, empty input":           {func(t testing.TB) { htmlexec.Shows(t, "x", " \x00") }, "an input without a letter"},
		"shows, deep page":             {func(t testing.TB) { htmlexec.Shows(t, deep, "x") }, "nested more than 500 deep"},
		"attribute, no element asked":  {func(t testing.TB) { htmlexec.Attribute(t, "x", "", "x") }, "an element is given as"},
		"state, deep page":             {func(t testing.TB) { htmlexec.State[any](t, deep, "x") }, "nested more than 500 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			ended := true
			r := kittest.Play(t, "TestLearner", func(t testing.TB) {
				c.check(t)
				ended = false
			})
			assert.True(t, r.Failed())
			assert.True(t, ended, "the check goes on")
			assert.Contains(t, r.Said(), c.says)
			assert.Equal(t, 1, strings.Count(r.Said(), "\n"), "one line")
		})
	}
}

func TestManyFindings(t *testing.T) {
	r := kittest.Play(t, "TestLearner", func(t testing.TB) {
		htmlexec.Nothing(t, strings.Repeat("<b onclick=a()>x</b>", 7), "x")
	})
	assert.Equal(t, 5, strings.Count(r.Said(), "onclick"))
	assert.Contains(t, r.Said(), "and 2 more")
}
