// Package progress keeps the learner's own record, in the folder .workbook of the clone.
//
// The record is a file of JSON lines that only ever grows. Each line carries the hash of the line before it: who edits
// one breaks the chain, which makes the change visible and no more than that. A class is graded by running the original
// tests, never by believing a record.
package progress

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Event is what a line of the record tells of.
type Event string

// The events.
const (
	Check    Event = "check"    // an exercise was checked
	Hint     Event = "hint"     // a hint was shown
	Solution Event = "solution" // the solution was shown
	Reset    Event = "reset"    // the files were set back to the stub
)

// Entry is one line of the record.
type Entry struct {
	Version  int       `json:"version"` // of this format: 1
	Time     time.Time `json:"time"`    // UTC
	Event    Event     `json:"event"`
	Exercise string    `json:"exercise"` // identity
	Status   string    `json:"status,omitempty"`
	Passed   []string  `json:"passed,omitempty"` // required tests, by name
	Failed   []string  `json:"failed,omitempty"`
	Mistakes []string  `json:"mistakes,omitempty"` // names of the known mistakes that it looked like
	Files    string    `json:"files,omitempty"`    // digest of the edited files
	Tests    string    `json:"tests,omitempty"`    // digest of the test and given files
	Hints    int       `json:"hints,omitempty"`    // hints seen so far; of a hint: its number
	Seen     bool      `json:"solutionSeen,omitempty"`
	Seconds  float64   `json:"seconds,omitempty"`
	Previous string    `json:"previous"` // SHA-256 of the line before, "" in the first
}

// Fault is something wrong with a record: a link that does not hold, a line that cannot be read.
type Fault struct {
	Line int
	Text string
}

func (f Fault) String() string { return fmt.Sprintf("attempts.jsonl:%d: %s", f.Line, f.Text) }

// Log is the record of one clone.
type Log struct {
	dir  string
	lock *flock.Flock
}

// Open makes the folder of the record where it is missing. The error says what to do when the clone cannot be written.
func Open(root string) (*Log, error) {
	dir := filepath.Join(root, ".workbook")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, unwritable(root, err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		return nil, unwritable(root, err)
	}
	if err := lock.Unlock(); err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	return &Log{dir: dir, lock: lock}, nil
}

func unwritable(root string, err error) error {
	return fmt.Errorf("the workbook keeps your progress in %s, which cannot be written (%w): make the folder writable, or clone the workbook somewhere that is yours",
		filepath.Join(root, ".workbook"), err)
}

func (l *Log) file() string { return filepath.Join(l.dir, "attempts.jsonl") }

// Append adds entries, in one write that either happens or does not; it fills in Version, Time and Previous. A last line
// that a crash left unfinished is set aside first: the notes say where.
func (l *Log) Append(entries ...Entry) (notes []string, err error) {
	err = l.locked(func() error {
		text, err := read(l.file())
		if err != nil {
			return err
		}
		text, note, err := l.setAsideTorn(text)
		if err != nil {
			return err
		}
		if note != "" {
			notes = append(notes, note)
		}
		previous := lastHash(text)
		var lines []byte
		for _, e := range entries {
			e.Version, e.Time, e.Previous = 1, time.Now().UTC().Truncate(time.Millisecond), previous
			line, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("encode entry: %w", err)
			}
			previous = hash(line)
			lines = append(append(lines, line...), '\n')
		}
		return appendSynced(l.file(), lines)
	})
	return notes, err
}

// setAsideTorn moves a last line without its end to a file of its own and returns what is left.
func (l *Log) setAsideTorn(text []byte) (whole []byte, note string, err error) {
	end := bytes.LastIndexByte(text, '\n') + 1
	if end == len(text) {
		return text, "", nil
	}
	aside := filepath.Join(l.dir, "attempts.torn-"+time.Now().UTC().Format("20060102T150405.000000000"))
	if err := os.WriteFile(aside, text[end:], 0o666); err != nil {
		return nil, "", fmt.Errorf("set torn line aside: %w", err)
	}
	if err := os.Truncate(l.file(), int64(end)); err != nil {
		return nil, "", fmt.Errorf("set torn line aside: %w", err)
	}
	return text[:end], "the last line of your record was unfinished (a crash?); it was set aside in " + aside, nil
}

func appendSynced(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("append to record: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("append to record: %w", err)
	}
	return nil
}

// Entries reads the record. Faults are reported beside the entries that could be read, never instead of them.
func (l *Log) Entries() ([]Entry, []Fault, error) {
	var text []byte
	err := l.locked(func() (err error) {
		text, err = read(l.file())
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	entries, faults := Parse(text)
	return entries, faults, nil
}

// Parse reads the text of a record.
func Parse(text []byte) (entries []Entry, faults []Fault) {
	previous, n := "", 0
	for line := range bytes.Lines(text) {
		n++
		if !bytes.HasSuffix(line, []byte("\n")) {
			faults = append(faults, Fault{n, "the line is unfinished"})
			break
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			faults = append(faults, Fault{n, "the line cannot be read: " + err.Error()})
		} else {
			entries = append(entries, e)
			if e.Previous != previous {
				faults = append(faults, Fault{n, "the line does not follow the one before it: something was changed, added or taken out"})
			}
		}
		previous = hash(line)
	}
	return entries, faults
}

// Seal returns the name of this clone's sealing test, which no exercise knows: see variant.Overlay. It stays the same, so
// that results can come from the go command's cache.
func (l *Log) Seal() (string, error) {
	file := filepath.Join(l.dir, "seal")
	var name string
	err := l.locked(func() error {
		text, err := read(file)
		if err != nil {
			return err
		}
		if name = strings.TrimSpace(string(text)); name != "" {
			return nil
		}
		name = "TestSeal" + rand.Text()
		return os.WriteFile(file, []byte(name+"\n"), 0o600)
	})
	if err != nil {
		return "", fmt.Errorf("read seal: %w", err)
	}
	return name, nil
}

// SaveOutput keeps the whole output of an exercise's last run and returns the path of the file.
func (l *Log) SaveOutput(exercise, output string) (string, error) {
	file := filepath.Join(l.dir, "logs", filepath.FromSlash(exercise)+".log")
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", fmt.Errorf("save output: %w", err)
	}
	if err := os.WriteFile(file, []byte(output), 0o666); err != nil {
		return "", fmt.Errorf("save output: %w", err)
	}
	return file, nil
}

func (l *Log) locked(do func() error) (err error) {
	lock := flock.New(l.lock.Path()) // one handle each: a shared one would not lock goroutines against each other
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock record: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return do()
}

func read(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return text, nil
}

func lastHash(text []byte) string {
	text = bytes.TrimSuffix(text, []byte("\n"))
	if len(text) == 0 {
		return ""
	}
	return hash(text[bytes.LastIndexByte(text, '\n')+1:])
}

func hash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
