// Package patience says how long tests wait for code that may never answer.
//
// The first wait gets its full time: on a busy machine right code is slow, too. Once a wait was in vain, the code is
// known to hang and the verdict is clear; the waits after that get a quarter of their time, so that whoever made the
// mistake does not have to wait for each test that it breaks.
package patience

import (
	"sync/atomic"
	"time"
)

// least is how long a wait lasts even when others were in vain.
const least = 2 * time.Second

var lost atomic.Bool

// Of returns how long to wait where full is the time for right code on a busy machine.
func Of(full time.Duration) time.Duration {
	if !lost.Load() {
		return full
	}
	return min(full, max(full/4, least))
}

// Lost says that a wait was in vain.
func Lost() { lost.Store(true) }
