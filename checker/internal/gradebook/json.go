package gradebook

import (
	"encoding/json"
	"fmt"

	"workbook/checker/internal/class"
)

// JSON is the result with all its fields: what `checker class` reads.
func JSON(g *class.Graded) ([]byte, error) { return indented(g) }

func indented(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return append(text, '\n'), nil
}
