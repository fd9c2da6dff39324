package indepth_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

func TestSharedArray(t *testing.T) {
	var text strings.Builder
	show := func(name string, s []string) {
		fmt.Fprintf(&text, "%-6s   len %d, cap %d   %s\n", name, len(s), cap(s), strings.Join(s, " "))
	}
	// snippet: roles
	reader := []string{"read"}
	reader = append(reader, "search")
	reader = append(reader, "comment")
	editor := append(reader, "write")
	admin := append(reader, "delete")
	// end snippet
	show("reader", reader)
	show("editor", editor)
	show("admin", admin)
	exercises.Golden(t, "roles", text.String())

	editor = append(slices.Clip(reader), "write")
	admin = append(slices.Clip(reader), "delete")
	require.Equal(t, []string{"read", "search", "comment", "write"}, editor)
	require.Equal(t, []string{"read", "search", "comment", "delete"}, admin)
}

// read reads a line of a mebibyte and returns what keep takes of it, and a pointer that does not keep it alive.
//
//go:noinline
func read(keep func(line string) string) (kept string, line weak.Pointer[byte]) {
	whole := strings.Repeat("session ", 1<<17)
	return keep(whole), weak.Make(unsafe.StringData(whole)) // unsafe, for there is no weak pointer to a string
}

func TestKept(t *testing.T) {
	var text strings.Builder
	fmt.Fprintln(&text, "of a line of 1 MiB is kept   bytes that are used   the line is still in memory")
	for _, way := range []struct {
		name string
		keep func(string) string
	}{
		{"line[:7]", func(line string) string { return line[:7] }},
		{"strings.Clone(line[:7])", func(line string) string { return strings.Clone(line[:7]) }},
	} {
		kept, line := read(way.keep)
		runtime.GC()
		fmt.Fprintf(&text, "%-26s   %19d   %s\n", way.name, len(kept), map[bool]string{true: "yes", false: "no"}[line.Value() != nil])
		runtime.KeepAlive(kept)
	}
	exercises.Golden(t, "kept", text.String())
}

// snippet: joins
func joinByPlus(words []string) string {
	all := ""
	for _, w := range words {
		all += w + " "
	}
	return all
}

func joinWithRoom(words []string) string {
	size := 0
	for _, w := range words {
		size += len(w) + 1
	}
	var all strings.Builder
	all.Grow(size)
	for _, w := range words {
		all.WriteString(w)
		all.WriteByte(' ')
	}
	return all.String()
}

// end snippet

func TestAllocations(t *testing.T) {
	words := slices.Repeat([]string{"backend"}, 1000)
	var text strings.Builder
	fmt.Fprintln(&text, "1,000 words joined          allocations")
	for _, way := range []struct {
		name string
		join func([]string) string
	}{{"with +=", joinByPlus}, {"with room for all of them", joinWithRoom}} {
		require.Equal(t, joinByPlus(words), way.join(words))
		// snippet: count
		count := testing.AllocsPerRun(10, func() { sink = way.join(words) })
		// end snippet
		fmt.Fprintf(&text, "%-26s  %11.0f\n", way.name, count)
	}
	exercises.Golden(t, "allocations", text.String())
}

// sink keeps the compiler from leaving out what is measured.
var sink string
