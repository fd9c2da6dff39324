package gate

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/pgtrace"
)

// A scene is a statement's end.
type scene struct {
	who, sql string
	err      error
}

// Story tells in which order the connections of the last Run got the results
// of their statements, for a failure message.
func (g *Gate) Story() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.story) == 0 {
		return "\nNo statement was sent."
	}
	var b strings.Builder
	b.WriteString("\nThe statements, in the order in which the database answered them:\n")
	for _, s := range g.story {
		fmt.Fprintf(&b, "\n\tconnection %s: %s", s.who, s.sql)
		if s.err != nil {
			fmt.Fprintf(&b, "\n\t              error: %v", s.err)
		}
	}
	return b.String() + "\n"
}

// tell adds a statement to the story. Connections get letters as they appear.
func (g *Gate) tell(conn *pgx.Conn, t *pgtrace.Trip, err error) {
	if len(g.story) == maxStory {
		return
	}
	if g.letters[conn] == "" {
		g.letters[conn] = string(rune('A' + len(g.letters)%26))
	}
	g.story = append(g.story, scene{g.letters[conn], pgtrace.Short(t.WithArgs(), 120), err})
}

// maxStory bounds a story: whoever has read that much knows.
const maxStory = 60
