package gradebook

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"workbook/checker/internal/class"
	"workbook/checker/internal/grade"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Skipped *junitText `xml:"skipped"`
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit is the XML that CI servers show: a suite for each exercise, a case for each required test. An exercise that is
// not begun is skipped, one that could not be checked an error.
func JUnit(g *class.Graded) ([]byte, error) {
	all := junitSuites{Name: g.Learner, Time: seconds(g.Seconds)}
	for _, r := range g.Exercises {
		s := junitOf(g, r)
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

func junitOf(g *class.Graded, r *grade.Result) junitSuite {
	s := junitSuite{Name: r.ID, Time: seconds(r.Seconds), Timestamp: g.Time.Format(time.RFC3339), Properties: []junitProperty{
		{"learner", g.Learner}, {"number", r.Number}, {"title", r.Title}, {"status", string(r.Status)},
	}}
	reasons := strings.Join(r.Reasons, "\n")
	whole := junitCase{Class: r.ID, Name: "the exercise", Time: seconds(0)}
	switch {
	case r.Status == grade.NotStarted:
		whole.Skipped = &junitText{Message: "not started"}
	case r.Status == grade.Unchecked || r.Status == grade.Blocked:
		whole.Error = &junitText{Message: "could not be checked: " + reasons, Type: string(r.Status)}
	case r.Status != grade.Passing && r.Status != grade.Failing, len(r.Tests) == 0:
		whole.Failure = &junitText{Message: reasons, Type: string(r.Status), Text: r.Build}
	default:
		s.Cases = junitTests(r)
		if r.Status == grade.Failing && len(r.FailedTests()) == 0 { // the run as a whole is at fault
			whole.Failure = &junitText{Message: reasons, Type: string(r.Status)}
		}
	}
	if whole.Skipped != nil || whole.Error != nil || whole.Failure != nil {
		s.Cases = append(s.Cases, whole)
	}
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Skipped != nil:
			s.Skipped++
		case c.Error != nil:
			s.Errors++
		case c.Failure != nil:
			s.Failures++
		}
	}
	return s
}

func junitTests(r *grade.Result) []junitCase {
	var cases []junitCase
	for _, t := range r.Tests {
		c := junitCase{Class: r.ID, Name: t.Name, Time: seconds(t.Seconds)}
		if failed(t) {
			c.Failure = &junitText{Message: string(t.Outcome), Type: string(t.Outcome), Text: t.Output}
		}
		cases = append(cases, c)
	}
	return cases
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
