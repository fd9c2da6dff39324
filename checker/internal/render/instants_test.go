package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/render"
)

// TestInstants: times inside larger values are compared in UTC, where their zones leave no doubt.
func TestInstants(t *testing.T) {
	const utc, same = "In UTC: ", "Both are the instant "
	noon := `time.Date(2040, time.May, 1, 12, 0, 0, 0, time.UTC)`
	in := func(hour, zone string) string {
		return `time.Date(2040, time.May, 1, ` + hour + `, 0, 0, 500, ` + zone + `)`
	}
	cases := map[string]struct{ expected, actual, note string }{
		"the same, in two zones": {in("12", "time.UTC"), in("14", `time.Location("Europe/Berlin")`),
			same + "2040-05-01T12:00:00.0000005Z, in different time zones."},
		"an hour apart": {in("12", "time.UTC"), in("15", `time.Location("Europe/Berlin")`),
			utc + "expected 2040-05-01T12:00:00.0000005Z, actual 2040-05-01T13:00:00.0000005Z."},
		"the second of two": {noon + ", " + in("1", "time.UTC"), noon + ", " + in("2", "time.UTC"),
			utc + "expected 2040-05-01T01:00:00.0000005Z, actual 2040-05-01T02:00:00.0000005Z."},
		"in summer, once": {`time.Date(2040, time.March, 25, 3, 30, 0, 0, time.Location("Europe/Berlin"))`, noon,
			utc + "expected 2040-03-25T01:30:00Z, actual 2040-05-01T12:00:00Z."},
		"at the end of summer, twice": {`time.Date(2040, time.October, 28, 2, 30, 0, 0, time.Location("Europe/Berlin"))`, noon, ""},
		"half an hour, twice":         {`time.Date(2040, time.April, 1, 1, 45, 0, 0, time.Location("Australia/Lord_Howe"))`, noon, ""},
		"a zone without a name":       {in("12", `time.Location("")`), noon, ""},
		"the zone of the process":     {in("12", "time.Local"), noon, ""},
		"a zone that nobody knows":    {in("12", `time.Location("Mars/Olympus")`), noon, ""},
		"no path out":                 {in("12", `time.Location("../../etc/passwd")`), noon, ""},
		"one time more":               {noon, noon + ", " + noon, ""},
		"another difference, too":     {"1, " + noon, "2, " + in("12", "time.UTC"), ""},
		"no times":                    {"1", "2", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			said := "\n\tError:      \tNot equal: \n\t            \texpected: x.book{" + c.expected + "}\n\t            \tactual  : x.book{" + c.actual + "}"
			story := strings.ReplaceAll(render.Story(printed(said)), "\n  ", " ")
			if c.note == "" {
				require.NotContains(t, story, utc)
				require.NotContains(t, story, same)
				return
			}
			require.Contains(t, story, "\n"+c.note+"\n")
		})
	}
}
