// Package cli provides the checker's commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"workbook/checker/internal/course"
	"workbook/checker/internal/pgserver"
)

// The exit statuses.
const (
	exitOK        = 0 // every exercise asked for passes, or is not started
	exitFailing   = 1 // some do not
	exitUsage     = 2 // the command was called wrongly
	exitUnchecked = 3 // could not check
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run runs one command and returns its exit status.
func Run(ctx context.Context, streams Streams, args []string) int {
	a := &app{Streams: streams}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var verdict verdictError
	if errors.As(err, &verdict) {
		return int(verdict) // the report has said it all
	}
	fmt.Fprintf(streams.Err, "checker: %s\n", err)
	return exitStatus(ctx, err)
}

// verdictError ends a command whose output is complete with an exit status other than 0.
type verdictError int

func (v verdictError) Error() string { return fmt.Sprintf("exit status %d", int(v)) }

// usageError is a command called wrongly.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func exitStatus(ctx context.Context, err error) int {
	var usage usageError
	var notFound *course.NotFoundError
	var problems course.Problems
	var none *pgserver.UnavailableError
	switch {
	case ctx.Err() != nil, errors.As(err, &problems), errors.As(err, &none):
		return exitUnchecked
	case errors.As(err, &usage), errors.As(err, &notFound), strings.HasPrefix(err.Error(), "unknown command"):
		return exitUsage
	}
	return exitUnchecked
}

// app is what the commands share.
type app struct {
	Streams
	dir      string // --dir
	postgres string // --postgres
	json     bool   // --json
	coloured string // --colour
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "checker",
		Short:         "Runs the exercises of the Backend Workbook and says how they stand",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&a.dir, "dir", ".", "a folder inside the workbook")
	root.PersistentFlags().StringVar(&a.coloured, "colour", "auto", "auto, always or never")
	root.AddCommand(a.takesNames(a.checkCommand(), a.watchCommand(), a.listCommand(), a.lessonCommand(), a.hintCommand(),
		a.diffCommand(), a.solutionCommand(), a.resetCommand(), a.restoreCommand())...)
	root.AddCommand(a.nextCommand(), a.reportCommand(), a.dbCommand(), a.doctorCommand(), a.gradeCommand(), a.classCommand(), a.confinedCommand(), a.devCommand())
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong numbers of arguments usage errors, for every command.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{fmt.Errorf("%w; `checker %s --help` shows how it is called", err, cmd.Name())}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

func (a *app) addPostgres(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.postgres, "postgres", "auto", "where the database comes from: auto, container, local, embedded, or a postgres:// URL")
}

func (a *app) addJSON(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
}

// say tells the person at the terminal what is going on.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.Err, format+"\n", args...)
}

// colour reports whether the output is a terminal that wants colour.
func (a *app) colour() bool {
	if a.coloured != "auto" {
		return a.coloured == "always"
	}
	f, ok := a.Out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
