package proc

import (
	"strings"
	"sync"
)

// maxOutput bounds what is kept of a program that prints without end.
const maxOutput = 16 << 20

// output is what a process prints, readable while it still prints.
type output struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed when there is more; nil when there will be no more
}

func newOutput() *output { return &output{grown: make(chan struct{})} }

// Write never fails: a program must not notice that it is watched.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p[:min(len(p), maxOutput-min(o.text.Len(), maxOutput))])
	if o.grown != nil {
		close(o.grown)
		o.grown = make(chan struct{})
	}
	return len(p), nil
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// lines returns the whole lines so far, and a channel that is closed when there
// may be more; at the end a last line without its line break counts, and the
// channel is nil.
func (o *output) lines() (lines []string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines = strings.Split(strings.ReplaceAll(o.text.String(), "\r\n", "\n"), "\n")
	if o.grown != nil {
		return lines[:len(lines)-1], o.grown
	}
	return lines, nil
}
