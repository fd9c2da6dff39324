package render

import (
	"regexp"
	"strconv"
	"time"
)

var (
	wholeTime = regexp.MustCompile(`^([-+])\(time\.Time\) (\S+ \S+) ([-+]\d{4}) `)
	clockRead = regexp.MustCompile(` m=[-+]\S+$`)
	literal   = regexp.MustCompile(`time\.Date\((\d+), time\.([A-Z][a-z]+), (\d+), (\d+), (\d+), (\d+), (\d+), time\.(UTC|Local|Location\("([^"]*)"\))\)`)
)

// instants compares two times in UTC, so that a zone cannot hide a difference, or make one. It returns "" when there are
// none to compare, or when an instant cannot be told for certain.
func (p pair) instants() string {
	e, a, ok := p.timesOfDiff()
	if !ok {
		e, a, ok = p.timesOfLiterals()
	}
	switch {
	case !ok:
		return ""
	case !e.Equal(a):
		return "In UTC: " + p.names[0] + " " + inUTC(e) + ", " + p.names[1] + " " + inUTC(a) + "."
	case p.clockOnly():
		return "Both are the instant " + inUTC(e) + "; only one carries a reading of the monotonic clock (m=…)."
	}
	return "Both are the instant " + inUTC(e) + ", in different time zones."
}

func inUTC(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// timesOfDiff reads the two times of a difference between two values of time.Time: there they have their offset.
func (p pair) timesOfDiff() (e, a time.Time, ok bool) {
	sides := map[string]time.Time{}
	for _, line := range p.diff {
		m := wholeTime.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		at, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", m[2]+" "+m[3])
		if err != nil || at.Year() < 1970 && m[3] != "+0000" { // offsets had seconds once, which are not printed
			return e, a, false
		}
		sides[m[1]] = at
	}
	return sides["-"], sides["+"], len(sides) == 2
}

// clockOnly reports whether the monotonic clock is all that differs between two values of time.Time.
func (p pair) clockOnly() bool {
	var texts []string
	for _, line := range p.diff {
		if wholeTime.MatchString(line) {
			texts = append(texts, clockRead.ReplaceAllString(line[1:], ""))
		}
	}
	return len(texts) == 2 && texts[0] == texts[1]
}

// timesOfLiterals finds the first time.Date(…) that differs inside two larger values.
func (p pair) timesOfLiterals() (e, a time.Time, ok bool) {
	es, as := literal.FindAllStringSubmatch(p.expected, -1), literal.FindAllStringSubmatch(p.actual, -1)
	if len(es) != len(as) || literal.ReplaceAllString(p.expected, "") != literal.ReplaceAllString(p.actual, "") {
		return e, a, false // something else differs as well, which is what to look at
	}
	for i := range es {
		if es[i][0] == as[i][0] {
			continue
		}
		e, okE := instant(es[i])
		a, okA := instant(as[i])
		return e, a, okE && okA
	}
	return e, a, false
}

// months are those that time.Date is printed with.
var months = func() map[string]time.Month {
	all := map[string]time.Month{}
	for m := time.January; m <= time.December; m++ {
		all[m.String()] = m
	}
	return all
}()

// instant reads a literal. A zone without a name tells no offset, and neither does Local: it is that of another process. An
// hour that a zone has twice, when summer time ends, could be either.
func instant(m []string) (time.Time, bool) {
	zone := time.UTC
	if m[8] != "UTC" {
		loaded, err := time.LoadLocation(m[9])
		if m[9] == "" || err != nil {
			return time.Time{}, false
		}
		zone = loaded
	}
	n := func(i int) int {
		value, _ := strconv.Atoi(m[i]) // digits, by the pattern
		return value
	}
	at := time.Date(n(1), months[m[2]], n(3), n(4), n(5), n(6), n(7), zone)
	const wall = "2006-01-02 15:04:05"
	for _, shift := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if at.Add(shift).Format(wall) == at.Format(wall) {
			return time.Time{}, false
		}
	}
	return at, true
}
