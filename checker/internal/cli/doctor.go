package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"go/version"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/gotest"
	"workbook/checker/internal/pgserver"
	"workbook/checker/internal/progress"
)

// symptom is one thing that the doctor looked at.
type symptom struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Found   string `json:"found"`
	Matters string `json:"matters,omitempty"` // what does not work without it
	Help    string `json:"help,omitempty"`    // what would mend it
	Fatal   bool   `json:"fatal,omitempty"`   // nothing works without it
}

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at this machine: what is here, what is missing, what would help",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			symptoms := a.examine(cmd.Context())
			if a.json {
				if err := writeJSON(a.Out, map[string]any{"version": 1, "symptoms": symptoms}); err != nil {
					return err
				}
			} else {
				a.showSymptoms(symptoms)
			}
			for _, s := range symptoms {
				if s.Fatal && !s.OK {
					return verdictError(exitUnchecked)
				}
			}
			return nil
		},
	}
	a.addPostgres(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) examine(ctx context.Context) []symptom {
	server := a.server(ctx)
	symptoms := append([]symptom{goCommand(ctx), a.clone(), server}, a.places(ctx, server.OK)...)
	return append(symptoms, a.modules(ctx), goCache(ctx), race(ctx), onPath("bash", "on Windows, run the workbook in WSL"),
		onPath("git", "install git"), procFolder(), loopback(), a.disk(ctx), a.clock())
}

// oldestGo is the version that go.mod asks for.
const oldestGo = "go1.26"

func goCommand(ctx context.Context) symptom {
	s := symptom{Name: "Go", Fatal: true, Matters: "nothing works without it", Help: "install Go 1.26 or newer from https://go.dev/dl"}
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		s.Found = "the go command does not answer: " + err.Error()
		return s
	}
	s.Found = strings.TrimSpace(string(out))
	// A version that is no release, such as devel, is taken on trust.
	s.OK = !version.IsValid(s.Found) || version.Compare(s.Found, oldestGo) >= 0
	return s
}

func (a *app) clone() symptom {
	s := symptom{Name: "this clone", Fatal: true, Matters: "your progress is kept in it", Help: "clone the workbook somewhere that is yours"}
	root, err := course.Locate(a.dir)
	if err != nil {
		s.Found = err.Error()
		return s
	}
	if _, err := course.Load(root); err != nil {
		s.Found, s.Help = err.Error(), "bring the files back with git"
		return s
	}
	if _, err := progress.Open(root); err != nil {
		s.Found = err.Error()
		return s
	}
	s.OK, s.Found = true, root
	return s
}

func (a *app) server(ctx context.Context) symptom {
	s := symptom{Name: "PostgreSQL", Fatal: true, Matters: "most exercises need one", Help: "install Docker, or PostgreSQL 15 or newer"}
	opts, err := a.dbOptions()
	if err != nil {
		s.Found = err.Error()
		return s
	}
	started := time.Now()
	server, err := pgserver.Acquire(ctx, opts)
	if err != nil {
		s.Found = err.Error()
		return s
	}
	s.OK = true
	s.Found = fmt.Sprintf("%s (%s), there after %.1f s: %s", server.Version, server.Source, time.Since(started).Seconds(), server.Detail)
	for _, n := range server.Notes {
		s.Found += "\n" + n
	}
	if err := server.Release(ctx); err != nil {
		s.OK, s.Found = false, err.Error()
	}
	return s
}

func race(ctx context.Context) symptom {
	s := symptom{Name: "race detector", Matters: "a few exercises are checked less strictly without it", Help: raceHelp()}
	ok, why := gotest.RaceDetector(ctx)
	if s.OK = ok; ok {
		s.Found = "there is a C compiler"
	} else {
		s.Found = why
	}
	return s
}

func raceHelp() string {
	switch runtime.GOOS {
	case "darwin":
		return "xcode-select --install"
	case "windows":
		return "install gcc (MSYS2 or WinLibs) and put it on the path"
	}
	return "install gcc, for example: apt-get install gcc"
}

func (a *app) showSymptoms(symptoms []symptom) {
	for _, s := range symptoms {
		mark := "✓"
		if !s.OK {
			mark = "✗"
			if !s.Fatal {
				mark = "–"
			}
		}
		fmt.Fprintf(a.Out, "%s %-14s %s\n", mark, s.Name, strings.ReplaceAll(s.Found, "\n", "\n                 "))
		if !s.OK && s.Matters != "" {
			fmt.Fprintf(a.Out, "                 %s; to mend it: %s\n", s.Matters, s.Help)
		}
	}
}

// writeJSON writes a value as indented JSON.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
