package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"workbook/checker/internal/grade"
)

// JSON writes the report as one JSON object, indented. Its shape is that of grade.Report; `version` counts its changes.
// Output is as the tests printed it, with nothing explained; what does not show is escaped, as JSON allows.
func JSON(w io.Writer, report *grade.Report) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(report)
	if err == nil {
		_, err = w.Write(escaped(out.Bytes()))
	}
	if err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// escaped escapes what a terminal obeys or hides and encoding/json leaves as it is: it can stand in strings alone.
func escaped(text []byte) []byte {
	var b bytes.Buffer
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < 0x7f || !hidden(r):
			b.Write(text[:size])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		text = text[size:]
	}
	return b.Bytes()
}
