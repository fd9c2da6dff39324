// Package protocol is what a sandbox and the runner in its container say to each other.
package protocol

import (
	"encoding/json"

	"workbook/checker/internal/confine"
)

// Job is what the runner is told, as the first file that it unpacks.
type Job struct {
	Limits confine.Limits
	Dir    string   // the working directory, relative to the folder that the files are unpacked in
	Args   []string // the program, relative to Dir, and its arguments
	Env    []string
	Await  string // host:port of a PostgreSQL server that must take connections first; "" for none
	Token  string // marks the last line that the runner prints on the standard error
}

// Names of what the runner finds and says.
const (
	JobFile = "job.json"
	Work    = "/tmp/work" // where the files are unpacked
)

// Verdict is the last line of the runner's standard error, behind the job's token.
type Verdict struct {
	Breach string // the limit that the program went beyond; "" for none
	Error  string // why it could not be run; "" when it was
}

// Line is the verdict as the runner prints it.
func (v Verdict) Line(token string) string {
	text, _ := json.Marshal(v) // two strings
	return "\n" + token + string(text) + "\n"
}
