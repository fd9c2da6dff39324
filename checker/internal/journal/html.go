package journal

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"share": share,
	"date":  func(t *time.Time) string { return t.Format("2 Jan 2006") },
	"day":   func(t time.Time) string { return t.Format("2 January 2006") },
	"hours": hours,
	"count": count,
	"times": times,
}).Parse(pageText))

// HTML is the journal as one page that needs nothing else: no script, no font, no picture from anywhere.
func (j *Journal) HTML() ([]byte, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, j); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// share is a part of a whole in percent, and never 0 for something or 100 for less than all.
func share(part, whole int) int {
	switch {
	case whole == 0 || part == 0:
		return 0
	case part == whole:
		return 100
	}
	return max(1, min(99, part*100/whole))
}

// Bar is one day in the picture of the attempts.
type Bar struct {
	X, Width              int
	Top, Height           int // of all checks
	PassedTop, PassedHigh int // of the exercises that passed for the first time
	Date                  string
	Checks, Passing       int
}

// The picture's size. Each day has a bar; days without a check have none.
const (
	pictureWidth  = 720
	pictureHeight = 140
	widestBar     = 28
)

// PictureWidth and PictureHeight are for the page.
func (j *Journal) PictureWidth() int { return pictureWidth }

// PictureHeight is the height without the dates below.
func (j *Journal) PictureHeight() int { return pictureHeight }

// Bars draws the last days, as many as there is room for.
func (j *Journal) Bars() []Bar {
	days := j.Days
	if most := pictureWidth / 6; len(days) > most {
		days = days[len(days)-most:]
	}
	highest := 1
	for _, d := range days {
		highest = max(highest, d.Checks)
	}
	step := min(widestBar+6, pictureWidth/max(1, len(days)))
	var bars []Bar
	for i, d := range days {
		high := max(1, d.Checks*pictureHeight/highest)
		passed := d.Passing * pictureHeight / highest
		bars = append(bars, Bar{
			X: i * step, Width: max(2, step-4), Top: pictureHeight - high, Height: high,
			PassedTop: pictureHeight - passed, PassedHigh: passed, Date: d.Date, Checks: d.Checks, Passing: d.Passing,
		})
	}
	return bars
}
