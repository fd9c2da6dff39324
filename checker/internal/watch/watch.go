// Package watch shows how an exercise stands each time its files are saved.
//
// It is a terminal interface and nothing more: what the exercises are, how they are checked and what is said of them comes
// from a Desk.
package watch

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// Desk is the workbook as the interface uses it. Its methods are not called at the same time, but for Check.
type Desk interface {
	Current() (Exercise, bool)        // what is being worked on; false when everything passes
	Choose(id string) error           // works on another one from now on
	Next() (id string, found bool)    // the exercise after the current one that is open
	List() ([]Line, error)            // all exercises, in order
	Hint(columns int) (string, error) // one more hint for the current one
	Lesson(columns int) (string, error)
	Reset() (string, error) // sets the current one back, and says where its files are kept
	Progress() (done, total int)

	// Check checks the current exercise, or all that were attempted. An ended ctx ends it at once, with ctx's error; said
	// is told what is going on.
	Check(ctx context.Context, all bool, said func(string)) (Verdict, error)
}

// Exercise is what the interface shows of one.
type Exercise struct {
	ID     string
	Number string
	Title  string
	Dir    string // absolute: where its files are
}

// Line is an exercise in the list.
type Line struct {
	ID   string
	Text string // one line
}

// Verdict is what came of a check, as text for a terminal.
type Verdict struct {
	Passing bool
	Summary string // one line
	Short   string // the first failing test's story, and what else
	Full    string // every failing test's story
}

// Run runs the interface until the learner leaves it, or ctx ends. The terminal is then as it was.
func Run(ctx context.Context, desk Desk, told bool, opts ...tea.ProgramOption) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	m := newModel(ctx, desk, told)
	// Without the framework's own signal handler: when ctx ends by the same signal, it waits for a loop that has gone, and
	// nothing ends any more (bubbletea 2.0.10, tea.go, handleSignals).
	p := tea.NewProgram(m, append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler()}, opts...)...)
	m.send = p.Send
	_, err := p.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("watch: %w", context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("show the interface: %w", err)
	}
	return nil
}
