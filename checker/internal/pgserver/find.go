package pgserver

import (
	"context"
	"time"
)

// Status is what Find found.
type Status struct {
	Cache   string
	Servers []Warm
}

// Warm is one warm server, or what is left of one.
type Warm struct {
	Source, URL, Version, Detail string
	Notes                        []string
	// Phase is "starting", "ready", "gone" (it was ready and does not answer) or "failed".
	Phase   string
	Error   string // why it failed
	Keeper  int    // process id of its keeper; 0 when that is dead
	Leased  bool   // somebody holds a lease
	Clients int    // open connections, without the keeper's
	Idle    string // how long it stays unused
	Began   time.Time
}

// Find looks at the warm servers of the cache without starting or changing any.
func Find(ctx context.Context, opts Options) (*Status, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	found := &Status{Cache: opts.Cache}
	slots, err := allSlots(opts.Cache)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		if st := s.readState(); st.Phase != "" {
			found.Servers = append(found.Servers, s.look(ctx, st))
		}
	}
	return found, nil
}

func (s slot) look(ctx context.Context, st state) Warm {
	w := Warm{
		Source: st.Source, URL: st.URL, Version: st.Version, Detail: st.Detail, Notes: st.Notes,
		Phase: st.Phase, Error: st.Error, Idle: st.Idle, Leased: s.leased(),
	}
	if s.kept() {
		w.Keeper = st.Keeper
	}
	if st.Phase != ready {
		return w
	}
	ctx, cancel := context.WithTimeout(ctx, aliveTimeout)
	defer cancel()
	conn, err := connect(ctx, st.URL)
	if err != nil {
		w.Phase = "gone"
		return w
	}
	defer closeConn(ctx, conn)
	v, err := ask(ctx, conn)
	if err != nil || v.begun != st.Begun {
		w.Phase = "gone"
		return w
	}
	w.Began = v.started()
	if w.Clients, err = countClients(ctx, conn); err == nil && w.Keeper != 0 {
		w.Clients = max(0, w.Clients-1) // the keeper's own
	}
	return w
}
