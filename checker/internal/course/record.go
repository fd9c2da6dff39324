package course

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Record is proof.json: what the authors' gate has established about the folder of an exercise. It is derived, by
// `checker dev proof`, and never written by hand. A project has one for all its milestones.
type Record struct {
	Tests    []RequiredTest    `json:"tests"`    // every leaf test, in the order of their names
	Files    map[string]string `json:"files"`    // test and given files, relative to the exercise's folder: "sha256:…"
	Mistakes []Mistake         `json:"mistakes"` // the known wrong answers, in the order of their names
	Proven   string            `json:"proven"`   // hash of all that was proven, answers included: "sha256:…"
}

// RequiredTest is a test that must be seen to pass.
type RequiredTest struct {
	Name      string `json:"name"`                // "TestTransfer/two_at_once"
	Milestone string `json:"milestone,omitempty"` // slug of the milestone that it came with
	Free      bool   `json:"free,omitempty"`      // it passes on the untouched stub, so it earns nothing
}

// Mistake is a known wrong answer: what its author believes, and the tests that show it wrong.
type Mistake struct {
	Name   string   `json:"name"`           // "lost-update"
	Belief string   `json:"belief"`         // one sentence, in the learner's words
	Hint   int      `json:"hint,omitempty"` // number of the hint that helps; 0 when none is named
	Sign   string   `json:"sign,omitempty"` // text that the failing tests print for this mistake and not for its like
	Fails  []string `json:"fails"`          // the leaf tests that fail, in the order of their names
}

// RecordPath is the path of an exercise's Record, relative to the root.
func (e *Exercise) RecordPath() string { return e.Solution + "/testdata/proof.json" }

// ErrNoRecord is returned by LoadRecord for an exercise that was never proven.
var ErrNoRecord = errors.New("the exercise has no proof.json yet: run `make proof`")

// LoadRecord reads the record of an exercise. The error is ErrNoRecord when there is none.
func (c *Course) LoadRecord(e *Exercise) (*Record, error) {
	text, err := os.ReadFile(c.Path(e.RecordPath()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoRecord
	}
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	var r Record
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("read %s: %w; restore it with git, or derive it with `make proof`", e.RecordPath(), err)
	}
	return &r, nil
}

// Encode returns the text of proof.json: stable, so that equal records are equal files.
func (r *Record) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return append(text, '\n'), nil
}

// Required returns the tests that must pass for the exercise: of a milestone its own and those of every earlier one.
func (r *Record) Required(e *Exercise) []RequiredTest {
	if e.Milestone == nil {
		return r.Tests
	}
	upTo := map[string]bool{}
	for m := e; m != nil; m = m.Milestone.Before {
		upTo[m.Slug] = true
	}
	return slices.DeleteFunc(slices.Clone(r.Tests), func(t RequiredTest) bool { return !upTo[t.Milestone] })
}
