// Package confine runs a program that nobody trusts, within limits of time, memory, processes and output, and leaves
// nothing of it behind.
//
// It is no sandbox: the program can read and send what the user can who runs it.
package confine

import (
	"errors"
	"io"
	"time"
)

// Limits bound one program with all that it starts.
type Limits struct {
	Time      time.Duration // by the clock
	Memory    int64         // bytes resident, of all its processes together
	Processes int           // at once
	File      int64         // bytes of the largest file that it may write
	Output    int64         // bytes that it may print
	User      *User         // whom it runs as; nil for whoever runs it, and only root can choose
}

// User is a user of the system.
type User struct{ ID, Group uint32 }

// Usual is enough for any exercise's tests, under the race detector as well.
var Usual = Limits{Time: 2 * time.Minute, Memory: 2 << 30, Processes: 400, File: 256 << 20, Output: 32 << 20}

// ErrUnsupported means that this system has no means to hold a program to its limits.
var ErrUnsupported = errors.New("programs can be held to limits on Linux alone: grade there, in WSL or in a virtual machine")

// A Breach says which limit a program has gone beyond.
type Breach struct{ What string }

func (b *Breach) Error() string { return b.What }

// counted calls over when more is written than may be, and swallows all that comes after: the program is about to be
// ended, and not by its own doing.
type counted struct {
	w    io.Writer
	left int64
	over func()
}

func (c *counted) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		c.over()
		return len(p), nil
	}
	return c.w.Write(p)
}
