package boringparts_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

// twiceAtOnce makes both look before either writes, where they look first.
func twiceAtOnce(t *testing.T) {
	a := &api{DB: dbtest.New(t, schema), t: t}
	g := gate.New(t, a.DB, "projects")
	a.serve(dbtest.With(g))
	answers := make([]wire.Answer, 2)
	call := func(i int) func(context.Context) error {
		return func(context.Context) error {
			answers[i] = a.Send(t, wire.Request{Method: "PUT", Path: one, Header: []string{"Content-Type: application/json"}, Body: text(apollo)})
			return nil
		}
	}
	for _, err := range g.Run(call(0), call(1)) {
		require.NoError(t, err)
	}
	statuses := []int{answers[0].Status, answers[1].Status}
	for _, answer := range answers {
		require.Containsf(t, []int{200, 201, 204}, answer.Status, "Two PUTs of one new project arrive together, and neither fails. The statuses are %v.%s\n%s", statuses, g.Story(), answer.Story())
	}
	require.Contains(t, statuses, 201, "Two PUTs of one new project arrive together: one of them has made it")
	require.Equal(t, []project{apollo}, a.rows(), "Two PUTs of one new project arrive together, so there is one project")
}
