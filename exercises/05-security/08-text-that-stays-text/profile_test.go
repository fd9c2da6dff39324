package profile_test

import (
	"fmt"
	"math"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	profile "workbook/exercises/05-security/08-text-that-stays-text"
	"workbook/exercises/internal/htmlexec"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

func TestHostileText(t *testing.T) {
	stays := func(name string, set field, before string, in ...htmlexec.Context) {
		t.Run(name, func(t *testing.T) {
			var texts []string // a harmless one, its hostile one, and so on
			for _, p := range seed.Shuffled(seed.New(t), htmlexec.Payloads(in...)) {
				if before == "" || !strings.ContainsAny(p.Input, "\t\f") { // which are in no URL
					texts = append(texts, before+p.Harmless, before+p.Input)
				}
			}
			count, plain := 0, ""
			each(t, set, "/users/%d", texts, func(a wire.Answer, text string) {
				if count++; count%2 == 1 {
					plain = a.Body
					return
				}
				htmlexec.Nothing(t, a.Body, text, htmlexec.Harmless(plain))
				htmlexec.SameShape(t, plain, a.Body, text)
			})
		})
	}
	for name, set := range fields {
		stays("in_"+name, set, "")
	}
	stays("in_website_behind_https", fields["website"], "https://ann.example/?q=", htmlexec.InText, htmlexec.InQuoted, htmlexec.InUnquoted, htmlexec.InJSON)
}

func TestLetterForLetter(t *testing.T) {
	for name, set := range fields {
		t.Run(name+"_in_its_element", func(t *testing.T) {
			each(t, set, "/users/%d", readable(t), func(a wire.Answer, text string) { htmlexec.Shows(t, alone(t, a.Body, name), text) })
		})
		t.Run(name+"_in_the_state", func(t *testing.T) {
			each(t, set, "/users/%d", readable(t), func(a wire.Answer, text string) {
				require.Equalf(t, text, htmlexec.State[map[string]any](t, a.Body, "state")[name], "script#state promises %q as the profile has it, letter for letter", name)
			})
		})
		t.Run(name+"_in_the_API", func(t *testing.T) {
			each(t, set, "/api/users/%d", readable(t), func(a wire.Answer, text string) {
				require.Equalf(t, text, wire.JSON[map[string]any](t, a)[name], "The JSON promises %q as the profile has it, letter for letter.\n%s", name, a.Story())
			})
		})
	}
	t.Run("name_in_the_input", func(t *testing.T) {
		each(t, fields["name"], "/users/%d", readable(t), func(a wire.Answer, text string) {
			require.Equal(t, text, htmlexec.Attribute(t, a.Body, "input#new-name", "value"), "value of input#new-name promises Name, letter for letter")
		})
	})
	t.Run("lines_of_about", func(t *testing.T) {
		about := "I like:\n- tea\r\n- <b>bold</b> claims\n\nAnd \"quotes\"."
		each(t, fields["about"], "/users/%d", []string{about}, func(a wire.Answer, _ string) {
			shown := htmlexec.Text(strings.ReplaceAll(alone(t, a.Body, "about"), "\n", "<br>"))
			require.Equalf(t, "I like:\n- tea\n- <b>bold</b> claims\nAnd \"quotes\".", shown, "#about promises that the lines of About stay apart: by line breaks, <br>, or elements. About is\n%s\nand the element is\n%s", about, alone(t, a.Body, "about"))
			require.Equal(t, about, htmlexec.State[map[string]any](t, a.Body, "state")["about"], "script#state promises About with its line breaks")
		})
	})
}

// scheme is the part of a URL in which case does not matter.
var scheme = regexp.MustCompile(`^[A-Za-z]+:`)

func TestWebsite(t *testing.T) {
	t.Run("leads_there", func(t *testing.T) {
		addresses := []string{
			"http://ann.example/", "https://ann.example/a%20b?x=1&y=2&copy=3#top", "https://ann.example:8443/%2F/Zoë", "https://ann.example/it's?q=\"<3\"",
			"HTTPS://ann.example/A", "Http://ann.example/", "mailto:ann@ann.example", "MailTo:ann@ann.example?subject=tea%20%26%20cake",
		}
		each(t, fields["website"], "/users/%d", addresses, func(a wire.Answer, address string) {
			href := htmlexec.Attribute(t, a.Body, "a#website", "href")
			want, _ := url.PathUnescape(scheme.ReplaceAllStringFunc(address, strings.ToLower))
			got, _ := url.PathUnescape(scheme.ReplaceAllStringFunc(href, strings.ToLower))
			require.Equalf(t, want, got, "a#website promises to lead to the Website %s; its href is %s", address, href)
			htmlexec.Shows(t, alone(t, a.Body, "website"), address)
		})
	})
	t.Run("of_another_scheme_or_none_is_no_link", func(t *testing.T) {
		addresses := []string{
			"ann.example", "www.ann.example/x", "//ann.example/x", "/logout", "?delete=all", "#top", "Ann", "httpx://ann.example/", "xhttp://ann.example/", "http",
			"ftp://ann.example/x", "tel:+123456", "file:///etc/passwd", "blob:https://ann.example/1", "data:text/plain,Ann", "/go?to=https://ann.example/", "x:mailto:ann@ann.example",
		}
		for _, p := range htmlexec.Payloads(htmlexec.InURL) {
			addresses = append(addresses, p.Input)
		}
		each(t, fields["website"], "/users/%d", addresses, func(a wire.Answer, address string) {
			n := element(t, a.Body, "website")
			for _, n := range slices.Concat(slices.Collect(n.Descendants()), slices.Collect(n.Ancestors()), []*html.Node{n}) {
				leads := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "href" })
				require.Falsef(t, leads, "The Website %q has none of the schemes http, https and mailto, so the page promises no href in #website or around it; its <%s> has one", address, n.Data)
			}
		})
	})
}

func TestPolicy(t *testing.T) {
	with := func(name string, look func(t *testing.T, s *wire.Server, a wire.Answer)) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]profile.Profile{"ann": ann})
			look(t, s, get(t, s, 200, "/users/ann"))
		})
	}
	with("nonce_is_new_in_each_answer", func(t *testing.T, s *wire.Server, first wire.Answer) {
		for range 5 {
			require.NotEqualf(t, nonce(t, first), nonce(t, get(t, s, 200, "/users/ann")), "The nonce promises to be new in each answer, and two have the same one")
		}
	})
	with("nonce_has_128_random_bits", func(t *testing.T, s *wire.Server, _ wire.Answer) {
		var nonces []string
		for range 256 {
			nonces = append(nonces, strings.TrimRight(nonce(t, get(t, s, 200, "/users/ann")), "="))
		}
		const shown = 124 // of 128 in base64: some letters have not come up yet
		require.Truef(t, bits(nonces) > shown, "The nonce promises 128 random bits or more. By the letters that change from answer to answer it has about %.0f, as in\n%s", bits(nonces), strings.Join(nonces[:3], "\n"))
	})
	with("whatever_runs_is_a_script_with_the_nonce", func(t *testing.T, _ *wire.Server, a wire.Answer) {
		require.NotEmptyf(t, htmlexec.Find(a.Body), "The page promises a program of its own, at least one script, and nothing runs there.\n%s", a.Story())
		for _, f := range htmlexec.Find(a.Body, htmlexec.Nonce(nonce(t, a))) {
			require.Failf(t, "no nonce", "Whatever runs on the page promises to be a script with the nonce of the header, %s. This is not: %s", nonce(t, a), f)
		}
	})
	with("lets_no_other_script_run", func(t *testing.T, _ *wire.Server, a wire.Answer) {
		nonce(t, a)
		for _, name := range []string{"script-src-elem", "script-src-attr"} {
			for _, source := range sources(t, a, name, "script-src", "default-src") {
				require.NotRegexpf(t, `^(?i)('unsafe-.*|.*\*.*|[a-z][a-z0-9+.-]*:)$`, source, "Content-Security-Policy promises for scripts no 'unsafe-…', no * and no bare scheme.\n%s", a.Story())
			}
		}
	})
	with("forbids_plugins_and_other_bases", func(t *testing.T, _ *wire.Server, a wire.Answer) {
		require.Equalf(t, "'none'", strings.ToLower(strings.Join(sources(t, a, "object-src", "default-src"), " ")), "Content-Security-Policy promises object-src 'none', or default-src 'none' in its place.\n%s", a.Story())
		require.Containsf(t, []string{"'none'", "'self'"}, strings.ToLower(strings.Join(sources(t, a, "base-uri"), " ")), "Content-Security-Policy promises base-uri 'none' or 'self'.\n%s", a.Story())
	})
}

// bits is how many random bits these texts show: at each place, as many as it
// takes to choose one of the letters found there.
func bits(texts []string) (sum float64) {
	places := map[int]map[byte]bool{}
	for _, text := range texts {
		for i := range len(text) {
			if places[i] == nil {
				places[i] = map[byte]bool{}
			}
			places[i][text[i]] = true
		}
	}
	for _, letters := range places {
		sum += math.Log2(float64(len(letters)))
	}
	return sum
}

// upload serves ann with that file, and gets it.
func upload(t *testing.T, f profile.File) wire.Answer {
	t.Helper()
	p := ann
	p.File = &f
	return get(t, serve(t, map[string]profile.Profile{"ann": p}), 200, "/users/ann/file")
}

func TestFile(t *testing.T) {
	for name, look := range map[string]func(t *testing.T, f profile.File, a wire.Answer){
		"arrives_as_it_is": func(t *testing.T, f profile.File, a wire.Answer) {
			require.Equalf(t, string(f.Data), a.Body, "The file promises to arrive byte for byte.\n%s", a.Story())
		},
		"has_no_type_to_be_shown_by": func(t *testing.T, f profile.File, a wire.Answer) {
			typ, _ := a.ContentType(t)
			require.Equalf(t, "application/octet-stream", typ, "Content-Type of a file promises application/octet-stream, whatever it is. File.Type is %q.\n%s", f.Type, a.Story())
		},
		"is_saved_and_not_shown": func(t *testing.T, f profile.File, a wire.Answer) {
			how, _ := disposition(t, a)
			require.Equalf(t, "attachment", how, "Content-Disposition of a file promises attachment, whatever it is. File.Type is %q.\n%s", f.Type, a.Story())
		},
	} {
		t.Run(name, func(t *testing.T) {
			for typ, data := range map[string]string{
				"text/html": "<!doctype html><script>alert(1)</script>", "": "<html><body onload=alert(1)>", "text/html\r\nX-Evil: 1": "",
				"image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "image/png": "\x89PNG\r\n\x1a\n\x00\xff",
				"application/pdf": "%PDF-1.7\n", "text/javascript": "alert(1)", "text/plain": "\ufeff<html>\r\n",
			} {
				f := profile.File{Name: "a.html", Type: typ, Data: []byte(data)}
				look(t, f, upload(t, f))
			}
		})
	}
	for name, list := range map[string][]string{
		"name_of_ASCII":         {"report-2.pdf", "two words.html", `O'Brien (2).txt`, `100%25 off; really, &amp;.txt`, `say "cheese".svg`, `a"; b.html`, `"`, `""`},
		"name_beyond_ASCII":     {"Zoë 李 😀.html", "résumé.pdf", `«Ångström» "é" 100%.svg`},
		"name_with_line_breaks": {"a\r\nX-Evil  1.html", "a\nb\tc\x7f.svg", "tea\r\n\r\n<script>.html", "Zoë\n\"x\".html"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range list {
				a := upload(t, profile.File{Name: name, Data: []byte("x")})
				_, got := disposition(t, a)
				want := name
				if strings.ContainsFunc(name, unicode.IsControl) {
					want, got = control.ReplaceAllString(want, ""), control.ReplaceAllString(got, "")
				}
				require.Equalf(t, want, got, "Content-Disposition promises the name of the file, by RFC 6266 (of a name with control characters, these and _, - and spaces do not count).\nThe name is %q, and the header\n%s", name, a.Header.Get("Content-Disposition"))
			}
		})
	}
}

// control is what may differ in a name with control characters.
var control = regexp.MustCompile(`[\x00-\x1f\x7f]|[_ -]`)

func TestAnswers(t *testing.T) {
	with := ann
	with.File = &profile.File{Name: "a.html", Type: "text/html", Data: []byte("<script>alert(1)</script>")}
	people := map[string]profile.Profile{"ann": with, "bob": ann}
	paths := map[string]int{
		"/users/ann": 200, "/users/bob": 200, "/api/users/ann": 200, "/users/ann/file": 200, "/users/bob/file": 404,
		"/users/eve": 404, "/api/users/eve": 404, "/users/eve/file": 404, "/": 404, "/users": 404, "/api": 404, "/users/ann/x": 404, "/nobody": 404,
	}

	for path, want := range map[string]string{"/users/ann": `^text/html; charset=utf-8$`, "/api/users/ann": `^application/json(;.*)?$`} {
		t.Run("type_of"+strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			a := get(t, serve(t, people), 200, path)
			typ := strings.ToLower(mime.FormatMediaType(a.ContentType(t)))
			require.Regexpf(t, want, typ, "GET %s promises the Content-Type %s.\n%s", path, strings.Trim(want, "^$(;.*)?"), a.Story())
		})
	}
	t.Run("nothing_is_there", func(t *testing.T) {
		s := serve(t, people)
		for path, status := range paths {
			get(t, s, status, path)
		}
	})
	t.Run("all_forbid_sniffing", func(t *testing.T) {
		s := serve(t, people)
		for path, status := range paths {
			a := get(t, s, status, path)
			require.Equalf(t, "nosniff", strings.Join(a.Header.Values("X-Content-Type-Options"), ", "), "Every answer promises X-Content-Type-Options: nosniff.\n%s", a.Story())
		}
	})
	t.Run("hostile_address", func(t *testing.T) {
		s := serve(t, people)
		for _, p := range htmlexec.Payloads(htmlexec.InText, htmlexec.InQuoted) {
			if strings.Contains(p.Input, "//") {
				continue // a router may clean that path first
			}
			for _, path := range []string{"/users/%s", "/api/users/%s", "/users/%s/file", "/%s"} {
				a := get(t, s, 404, fmt.Sprintf(path, url.PathEscape(p.Input)))
				typ, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
				if strings.HasSuffix(typ, "ml") && strings.TrimSpace(a.Body) != "" && !t.Failed() {
					htmlexec.Nothing(t, a.Body, p.Input)
				}
			}
		}
	})
}
