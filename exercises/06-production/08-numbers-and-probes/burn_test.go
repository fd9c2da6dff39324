package numbers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	numbers "workbook/exercises/06-production/08-numbers-and-probes"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

// at is a sample that was taken so many minutes after nine.
func at(minute, requests, failures float64) numbers.Sample {
	return numbers.Sample{At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(minute * float64(time.Minute))), Requests: requests, Failures: failures}
}

func TestBurnRate(t *testing.T) {
	k := float64(seed.New(t).Between(1, 9)) // all cases are true for any multiple
	type samples = []numbers.Sample
	for name, c := range map[string]struct {
		samples samples
		minutes float64
		slo     float64
		want    float64
	}{
		"is_1_when_the_budget_lasts":                   {samples{at(0, 0, 0), at(60, 1000, 1)}, 60, .999, 1},
		"is_the_share_of_failures_in_that_of_the_slo":  {samples{at(0, 0, 0), at(60, 1000, 30)}, 60, .99, 3},
		"is_highest_when_all_fail":                     {samples{at(0, 0, 0), at(5, 70, 70)}, 5, .9, 10},
		"is_0_without_failures":                        {samples{at(0, 500, 20), at(60, 1500, 20)}, 60, .999, 0},
		"is_0_without_requests":                        {samples{at(0, 500, 20), at(60, 500, 20)}, 60, .999, 0},
		"is_0_without_samples":                         {nil, 60, .999, 0},
		"is_0_with_one_sample":                         {samples{at(0, 500, 20)}, 60, .999, 0},
		"is_0_when_the_window_has_one_sample":          {samples{at(0, 0, 0), at(60, 1000, 20)}, 5, .999, 0},
		"is_of_what_was_added":                         {samples{at(0, 9000, 900), at(60, 10000, 901)}, 60, .999, 1},
		"weighs_requests_when_traffic_triples":         {samples{at(0, 0, 0), at(30, 1000, 0), at(60, 4000, 40)}, 60, .99, 1},
		"weighs_requests_when_samples_are_uneven":      {samples{at(0, 0, 0), at(50, 900, 0), at(60, 1000, 10)}, 60, .99, 1},
		"is_of_the_window_alone":                       {samples{at(0, 0, 0), at(55, 8000, 800), at(60, 9000, 810)}, 5, .99, 1},
		"is_of_the_window_when_traffic_triples":        {samples{at(0, 0, 0), at(20, 1000, 0), at(40, 2000, 20), at(60, 5000, 60)}, 40, .99, 1.5},
		"begins_with_the_first_sample_in_the_window":   {samples{at(0, 0, 0), at(30, 5000, 400), at(58, 6000, 410), at(60, 7000, 430)}, 5, .99, 2},
		"takes_what_there_is_when_the_window_is_long":  {samples{at(0, 100, 100), at(10, 1100, 120)}, 60, .99, 2},
		"goes_on_when_the_program_has_started_anew":    {samples{at(0, 9000, 70), at(20, 9500, 75), at(40, 300, 2), at(60, 500, 3)}, 60, .99, .8},
		"goes_on_when_it_has_started_anew_and_is_busy": {samples{at(0, 1000, 50), at(30, 200, 0), at(60, 2000, 40)}, 60, .99, 2},
	} {
		t.Run(name, func(t *testing.T) {
			given := slices.Clone(c.samples)
			var lines []string
			for i := range given {
				given[i].Requests *= k
				given[i].Failures *= k
				lines = append(lines, fmt.Sprintf("%s   %6v requests %5v failures", given[i].At.Format("15:04"), given[i].Requests, given[i].Failures))
			}
			got := guard.Call(t, func() float64 {
				return numbers.BurnRate(given, time.Duration(c.minutes*float64(time.Minute)), c.slo)
			})
			require.InDeltaf(t, c.want, got, 1e-6, "The objective is %v, the window %v minutes, and the counters were\n\n%s\n\nThe burn rate", c.slo, c.minutes, strings.Join(lines, "\n"))
		})
	}
}
