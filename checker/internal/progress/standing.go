package progress

// Standing is where a learner stands with one exercise, as the record tells it.
type Standing struct {
	Attempts     int   // checks in which the files differed from the stub
	Last         Entry // the last check; its Time is zero when there was none
	Hints        int   // hints seen
	SolutionSeen bool  //
}

// Standings sums the record up, by identity.
func Standings(entries []Entry) map[string]Standing {
	all := map[string]Standing{}
	for _, e := range entries {
		s := all[e.Exercise]
		switch e.Event {
		case Check:
			s.Last = e
			s.Attempts++
		case Hint:
			s.Hints = max(s.Hints, e.Hints)
		case Solution:
			s.SolutionSeen = true
		}
		all[e.Exercise] = s
	}
	return all
}
