package main

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/journal"
	"workbook/checker/internal/progress"
)

// openBrowser starts a headless Chromium for one test.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	var chromium string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium on the path: .ci/run installs it")
		}
		t.Skip("no Chromium on the path: install it to see pages as a browser shows them")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1000, 800))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestReportInABrowser looks at a learner's report as a browser shows it.
func TestReportInABrowser(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 5, d, 12, 0, 0, 0, time.UTC) }
	j := journal.Sum([]journal.Subject{
		{ID: "a/one", Number: "1.1", Title: `One "quoted" <b>bold</b>`, Step: 1, StepTitle: "Basics", Point: "Counting", Minutes: 30, Hints: 3, Status: "passing", Beliefs: map[string]string{"m": "Two and two is five."}},
		{ID: "a/two", Number: "1.2", Title: "Two", Step: 1, StepTitle: "Basics", Point: "Counting", Minutes: 60, Hints: 2, Status: "failing"},
	}, []progress.Entry{
		{Event: progress.Check, Exercise: "a/one", Status: "failing", Time: day(1), Mistakes: []string{"m"}},
		{Event: progress.Check, Exercise: "a/one", Status: "passing", Time: day(2)},
	}, nil, day(3))
	text, err := j.HTML()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, text, 0o666))

	ctx := openBrowser(t)
	var complaints, fetched []string
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			fetched = append(fetched, e.Request.URL)
		}
	})
	address := (&url.URL{Scheme: "file", Path: file}).String()
	var shown, focused, title string
	var details bool
	var width, screen int
	require.NoError(t, chromedp.Run(ctx, log.Enable(), network.Enable(),
		chromedp.Navigate(address),
		chromedp.Title(&title),
		chromedp.Text("main", &shown, chromedp.ByQuery),
		chromedp.KeyEvent(kb.Tab),
		chromedp.Evaluate(`document.activeElement.textContent`, &focused),
		chromedp.Click("summary", chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector("details").open`, &details),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &width),
		chromedp.Evaluate(`document.documentElement.clientWidth`, &screen),
	))
	require.Equal(t, "Backend Workbook, 3 May 2026", title)
	require.Contains(t, shown, "1 of 2")
	require.Contains(t, shown, `1.1 One "quoted" <b>bold</b>`)
	require.Contains(t, shown, "Two and two is five.")
	require.Contains(t, shown, "overcome")
	require.Equal(t, "To the steps", focused, "the first stop of the Tab key leads past the pictures")
	require.True(t, details)
	require.LessOrEqual(t, width, screen, "nothing is cut off on the right")
	require.Empty(t, complaints, "the browser complains of nothing")
	require.Equal(t, []string{address}, fetched, "nothing but the page itself is fetched")

	// on a phone, in the dark, on paper, and read aloud
	var narrow, phone int
	var paper string
	var pdf []byte
	var wordless, skipped int
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(360, 640),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &narrow),
		chromedp.Evaluate(`document.documentElement.clientWidth`, &phone),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
		chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &paper),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = page.PrintToPDF().Do(ctx)
			return err
		}),
		chromedp.Evaluate(`[...document.querySelectorAll("svg")].filter(s => s.getAttribute("role") !== "img" ||
			!(s.getAttribute("aria-label") || document.getElementById(s.getAttribute("aria-labelledby"))?.textContent)).length`, &wordless),
		chromedp.Evaluate(`[...document.querySelectorAll("h1, h2, h3, h4")].filter((h, i, all) => i > 0 && h.tagName[1] > Number(all[i - 1].tagName[1]) + 1).length`, &skipped),
	))
	require.LessOrEqual(t, narrow, phone+1, "nothing is cut off on a phone")
	require.Equal(t, "rgb(13, 17, 23)", paper)
	require.True(t, strings.HasPrefix(string(pdf), "%PDF"))
	require.Zero(t, wordless, "every picture has words for those who do not see it")
	require.Zero(t, skipped, "no level of the headings is left out")
}
