package pgserver

import "context"

// kinds of server that we can start, in the order in which auto tries them.
var kinds = []string{"container", "local", "embedded"}

// source starts and ends the servers of one slot. Its methods run in the keeper, or under the
// keeper's lock: never two at once for one slot.
type source interface {
	// start makes a server that answers queries. What a failed start leaves behind is for clear.
	start(ctx context.Context, say func(line string)) (instance, error)
	// clear ends every server of the slot, whoever started it and however that process ended,
	// and removes its files. It touches nothing that it cannot prove to be the slot's.
	clear(ctx context.Context) error
}

// instance is a server that was started.
type instance struct {
	url    string
	detail string
	gone   <-chan struct{} // closed when the server is known to have ended; may be nil
}

// newSource returns the source that fills slot s as o says.
func newSource(o order, s slot) source {
	runs := runFolders{cache: cacheID(o.Cache), slot: s}
	switch o.Kind {
	case "container":
		return &containers{image: o.Image, cache: cacheID(o.Cache), slot: s.name}
	case "embedded":
		return &embedded{runs: runs, cache: o.Cache, repository: o.Repository}
	default:
		return &local{runs: runs, cache: o.Cache}
	}
}
