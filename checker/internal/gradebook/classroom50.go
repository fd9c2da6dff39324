package gradebook

import (
	"math"
	"os"
	"time"

	"workbook/checker/internal/class"
	"workbook/checker/internal/grade"
)

// The shape of Classroom 50's result.json, version 1. What its runner tells in the environment is handed on.
type classroomResult struct {
	Schema         string          `json:"schema"`
	Classroom      string          `json:"classroom,omitempty"`
	Assignment     string          `json:"assignment,omitempty"`
	AssignmentType string          `json:"assignment_type,omitempty"`
	Owner          string          `json:"owner,omitempty"`
	Submission     string          `json:"submission,omitempty"`
	Commit         string          `json:"commit,omitempty"`
	Release        string          `json:"release,omitempty"`
	Review         string          `json:"review,omitempty"`
	Datetime       string          `json:"datetime"`
	GradedAt       string          `json:"graded_at"`
	Score          int             `json:"score"`
	MaxScore       int             `json:"max-score"`
	Tests          []classroomTest `json:"tests"`
}

type classroomTest struct {
	Name     string       `json:"test-name"`
	Passed   bool         `json:"passed"`
	Score    int          `json:"score"`
	MaxScore int          `json:"max-score"`
	Status   grade.Status `json:"status"`
	Title    string       `json:"title"`
}

// each exercise is worth so many points: scores are whole numbers there.
const points = 100

// Classroom50 is the result.json of Classroom 50: a test for each exercise.
func Classroom50(g *class.Graded) ([]byte, error) {
	at := g.Time.UTC().Format(time.RFC3339)
	out := classroomResult{
		Schema: "classroom50/result/v1", Classroom: os.Getenv("CLASSROOM"), Assignment: os.Getenv("ASSIGNMENT"),
		AssignmentType: os.Getenv("ASSIGNMENT_TYPE"), Owner: os.Getenv("OWNER"), Submission: os.Getenv("SUBMISSION_TAG"),
		Commit: os.Getenv("COMMIT_URL"), Release: os.Getenv("RELEASE_URL"), Review: os.Getenv("REVIEW_URL"),
		Datetime: at, GradedAt: at, Tests: []classroomTest{},
	}
	if out.Owner == "" {
		out.Owner = g.Learner
	}
	for _, r := range g.Exercises {
		earned := int(math.Floor(class.Share(r) * points))
		out.Score, out.MaxScore = out.Score+earned, out.MaxScore+points
		out.Tests = append(out.Tests, classroomTest{r.ID, r.Status == grade.Passing, earned, points, r.Status, r.Title})
	}
	return indented(out)
}
