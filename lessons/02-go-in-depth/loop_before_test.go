//go:build go1.21

// The line above gives this file the language of Go 1.21, in which a loop has one variable for all of its rounds.

package indepth_test

import "time"

// dueBefore122 is due, letter for letter.
func dueBefore122(domains []domain) []*domain {
	var old []*domain
	for _, d := range domains {
		if d.proved > 8*time.Hour {
			old = append(old, &d)
		}
	}
	return old
}
