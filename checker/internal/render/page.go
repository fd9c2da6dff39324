package render

import (
	"fmt"

	"charm.land/glamour/v2"
	"charm.land/glamour/v2/styles"
)

// Page renders Markdown for a terminal of that many columns, on a dark background or on a light one. Lines are kept short
// enough to be read.
func Page(text string, columns int, dark bool) (string, error) {
	style := styles.LightStyle
	if dark {
		style = styles.DarkStyle
	}
	r, err := glamour.NewTermRenderer(glamour.WithStandardStyle(style), glamour.WithWordWrap(max(40, min(columns-4, 100))))
	if err != nil {
		return "", fmt.Errorf("render a page: %w", err)
	}
	out, err := r.Render(text)
	if err != nil {
		return "", fmt.Errorf("render a page: %w", err)
	}
	return out, nil
}
