package markdown_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/markdown"
)

const lesson = `---
title: Databases
---

# Databases

Hello.

| part | exercises |
| --- | --- |
| [First things](#first-things) | [3.1](../x), 3.10 |
| [Two at once!](#two-at-once) | [3.11](../y) |
| [The end](#the-end) | |

## First things

One. See [the code](code.go) and [the manual](https://example.org).

` + "```sh\n## no heading\n<!-- no comment -->\n```" + `

## Two at once!

<!-- from: x.go -->
![A queue](figures/queue.svg)

## The end
`

func TestParts(t *testing.T) {
	p := markdown.Page{Text: lesson}
	var titles []string
	for _, part := range p.Parts() {
		titles = append(titles, part.Title)
	}
	require.Equal(t, []string{"", "First things", "Two at once!", "The end"}, titles)
	require.NotContains(t, p.Parts()[0].Text, "title: Databases")
	require.Contains(t, p.Parts()[1].Text, "## no heading")
}

func TestPartFor(t *testing.T) {
	p := markdown.Page{Text: lesson}
	for number, title := range map[string]string{"3.1": "First things", "3.10": "First things", "3.11": "Two at once!", "3": "", "1.1": "", "13.1": ""} {
		part, found := p.PartFor(number)
		require.Equal(t, title != "", found, number)
		require.Equal(t, title, part.Title, number)
	}
}

func TestSpoken(t *testing.T) {
	parts := markdown.Page{Text: lesson}.Parts()
	require.Equal(t, "## First things\n\nOne. See the code and [the manual](https://example.org).\n\n```sh\n## no heading\n<!-- no comment -->\n```\n", parts[1].Spoken("lessons/03"))
	require.Equal(t, "## Two at once!\n\nFigure (lessons/03/figures/queue.svg): A queue\n", parts[2].Spoken("lessons/03"))
}
