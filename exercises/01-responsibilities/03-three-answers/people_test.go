package threeanswers_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	threeanswers "workbook/exercises/01-responsibilities/03-three-answers"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/wire"
)

// The tokens that requests bring.
const (
	ann     = "ann.owns.two.notes"    // without permissions
	ben     = "ben.owns.one.note"     // notes.export
	admin   = "may.delete.notes"      // notes.delete
	many    = "may.do.three.things"   // notes.export, notes.delete, notes.import
	nearly  = "may.nearly.delete"     // permissions that are called nearly like notes.delete
	signs   = "Signs-of.a_TOKEN~+/==" // every kind of character that RFC 6750 allows
	expired = "may.delete.no.longer"
	unclear = "who.knows" // the Verifier cannot tell
)

const annID, benID, adminID, nearlyID int64 = 4_000_000_011, 4_000_000_012, 4_000_000_013, 4_000_000_014

var mayDelete = threeanswers.User{ID: adminID, Permissions: []string{"notes.delete"}}

// people is a Verifier that knows these tokens.
var people = verifier{
	ann:     {user: threeanswers.User{ID: annID}},
	ben:     {user: threeanswers.User{ID: benID, Permissions: []string{"notes.export"}}},
	admin:   {user: mayDelete},
	many:    {user: threeanswers.User{ID: adminID, Permissions: []string{"notes.export", "notes.delete", "notes.import"}}},
	nearly:  {user: threeanswers.User{ID: nearlyID, Permissions: []string{"notes.delete.own", "my.notes.delete", "notes", "delete", "Notes.Delete"}}},
	signs:   {user: threeanswers.User{ID: nearlyID}},
	expired: {mayDelete, fmt.Errorf("expired yesterday: %w", threeanswers.ErrBadToken)},
	unclear: {mayDelete, errors.New("dial tcp 10.20.30.40:7443: connection refused")},
}

type verifier map[string]struct {
	user threeanswers.User
	err  error
}

func (v verifier) Verify(_ context.Context, token string) (threeanswers.User, error) {
	if who, ok := v[token]; ok {
		return who.user, who.err
	}
	return threeanswers.User{}, fmt.Errorf("look for token: %w", threeanswers.ErrBadToken)
}

// bearer is the header line that brings a token.
func bearer(token string) string { return "Authorization: Bearer " + token }

// What the answers of a kind have for a status.
var through, unauthorized, malformed, forbidden, failed = []int{299}, []int{401}, []int{400, 401}, []int{403, 404}, []int{500, 502, 503, 504}

// requireStatus fails the test unless the answer has one of the statuses, a
// challenge when that is 401, and no reason when that is 500 or above.
func requireStatus(t *testing.T, a wire.Answer, when string, statuses ...int) {
	t.Helper()
	if !slices.Contains(statuses, a.Status) {
		either := strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
		require.Fail(t, fmt.Sprintf("When %s, the status is %s. It was %d.\n%s", when, either, a.Status, a.Story()))
	}
	if a.Status == 401 {
		require.Contains(t, a.Challenges(t), "bearer", "A 401 comes with a WWW-Authenticate that offers the scheme Bearer.\n"+a.Story())
	}
	if a.Status >= 500 {
		problem.Clean(t, a, "10.20.30.40", "connection refused", `relation "notes"`)
	}
}

// requireSame fails the test when the client can tell two answers apart.
func requireSame(t *testing.T, missing, hidden wire.Answer) {
	t.Helper()
	own := regexp.MustCompile(`(?im)^(Date|X-Request-Id):.*\n`)
	seen := func(a wire.Answer) string { return own.ReplaceAllString(a.Head, "") + a.Body }
	require.Equal(t, seen(missing), seen(hidden), "Who may not know of a note gets the same answer, whether it exists or not; only Date and X-Request-Id differ. "+
		"The request below was sent twice. In between, a note with this id was added, for somebody else. \"expected\" is the answer before, \"actual\" the one after.\n"+hidden.Story())
}
