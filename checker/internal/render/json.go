package render

import (
	"encoding/json"
	"fmt"
	"io"

	"workbook/checker/internal/grade"
)

// JSON writes the report as one JSON object, indented. Its shape is that of grade.Report; `version` counts its changes.
func JSON(w io.Writer, report *grade.Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(report); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}
