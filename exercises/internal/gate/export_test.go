package gate

import (
	"testing"
	"time"
)

// SetHangLimit changes the limit for one test.
func SetHangLimit(t *testing.T, limit time.Duration) {
	old := hangLimit
	hangLimit = limit
	t.Cleanup(func() { hangLimit = old })
}

// Meetings is how often those at the gate went on, in the last Run.
func (g *Gate) Meetings() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.meetings
}
