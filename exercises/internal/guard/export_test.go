package guard

import "time"

// WithLimit calls f under another limit.
func WithLimit(l time.Duration, f func()) {
	old := limit
	limit = l
	defer func() { limit = old }()
	f()
}
