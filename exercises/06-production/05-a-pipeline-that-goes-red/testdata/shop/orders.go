package shop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Note writes a note to all orders in the database of a URL, file:///path.
func Note(url, text string) error {
	file := filepath.Join(strings.TrimPrefix(url, "file://"), "orders.tsv")
	table, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("open orders: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	note := slices.Index(strings.Split(lines[0], "\t"), "note")
	if note < 0 {
		return fmt.Errorf("orders have no column note, but %q", lines[0])
	}
	for i, line := range lines[1:] {
		values := strings.Split(line, "\t")
		values[note] = text
		lines[i+1] = strings.Join(values, "\t")
	}
	return os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}
