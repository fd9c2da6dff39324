package pgserver

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"
)

// Phases of a keeper's life.
const (
	starting = "starting"
	ready    = "ready"
	failed   = "failed"
)

// state is what a keeper tells the world. Only the holder of the keeper's lock writes it.
type state struct {
	Phase    string   `json:"phase"`
	Run      string   `json:"run"` // differs for each keeper, so that an old failure is not taken for a new one
	Keeper   int      `json:"keeper_pid"`
	Source   string   `json:"source"`
	Idle     string   `json:"idle"`
	Notes    []string `json:"notes,omitempty"`
	Progress []string `json:"progress,omitempty"`

	// When ready.
	URL     string `json:"url,omitempty"`
	Version string `json:"version,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Begun   string `json:"postmaster_start,omitempty"`

	// When failed.
	Error string `json:"error,omitempty"`
	Help  string `json:"help,omitempty"`
}

// readState returns the zero state when there is none that makes sense.
func (s slot) readState() state {
	var st state
	data, err := os.ReadFile(s.path("state.json"))
	if err != nil || json.Unmarshal(data, &st) != nil {
		return state{}
	}
	return st
}

// writeState replaces the state in one step: a reader sees the old one or the new one.
func (s slot) writeState(st state) error {
	data, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	aside := s.path("state.json.new") // one writer at a time, so one name will do
	if err := os.WriteFile(aside, data, 0o600); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := replaceFile(aside, s.path("state.json")); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

func (s slot) removeState() error {
	if err := os.Remove(s.path("state.json")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove state: %w", err)
	}
	return nil
}

// replaceFile renames, again and again for a moment: Windows refuses while a reader has the target open.
func replaceFile(from, to string) error {
	var err error
	for range 50 {
		if err = os.Rename(from, to); err == nil || !os.IsPermission(err) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}

// newer reports whether st tells of something that happened after old was read.
func (st state) newer(old state) bool {
	return st.Run != old.Run || st.Phase != old.Phase
}

// newLines returns the progress lines of st that a reader of old has not seen.
func (st state) newLines(old state) []string {
	if st.Run != old.Run {
		return st.Progress
	}
	return st.Progress[min(len(old.Progress), len(st.Progress)):]
}

// say appends a progress line, keeping the file small.
func (st *state) say(line string) {
	const most = 400
	if len(st.Progress) < most {
		st.Progress = append(slices.Clip(st.Progress), line)
	}
}
