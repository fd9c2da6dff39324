package errorsareapi_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	api "workbook/exercises/02-go-in-depth/01-errors-are-api"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

var kinds = []cause{
	{"ErrNotFound", api.ErrNotFound, 404, nil},
	{"ErrConflict", api.ErrConflict, 409, nil},
	{"ErrInvalid", api.ErrInvalid, 422, nil},
	{"ErrRetry", api.ErrRetry, 503, nil},
	{"ErrTimeout", api.ErrTimeout, 504, nil},
	{"ErrUnavailable", api.ErrUnavailable, 503, nil},
}

// kindsOf names the kinds that errors.Is finds in err.
func kindsOf(err error) string {
	var found []string
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			found = append(found, k.name)
		}
	}
	return cmp.Or(strings.Join(found, " and "), "no kind")
}

// do calls f, which is code under test.
func do[In, Out any](t *testing.T, f func(In) Out, in In) Out {
	t.Helper()
	return guard.Call(t, func() Out { return f(in) })
}

func wrap(err error) error { return fmt.Errorf("take order 7: %w", fmt.Errorf("load user: %w", err)) }

// each brings every cause about, in a database of its own, and gives the error to FromPg, as it came and wrapped.
func each(t *testing.T, look func(t *testing.T, c cause, err, got error, story string)) {
	for _, c := range causes {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			err := c.from(openSite(t))
			require.ErrorContains(t, err, c.name, "the test brings this about")
			look(t, c, err, do(t, api.FromPg, err), fmt.Sprintf("FromPg was given this, as it came from pgx: %v", err))
			look(t, c, err, do(t, api.FromPg, wrap(err)), fmt.Sprintf("FromPg was given this, wrapped twice with %%w: %v", wrap(err)))
		})
	}
}

func TestFromPg(t *testing.T) {
	each(t, func(t *testing.T, c cause, _, got error, story string) {
		want := fmt.Sprintf("%s, %d, %[2]d", kindsOf(c.kind), c.status)
		is := fmt.Sprintf("%s, %d, %d", kindsOf(got), do(t, api.Status, got), do(t, api.Status, wrap(got)))
		require.Truef(t, want == is, "%s\nWhat it returns has this kind, this Status, and this Status when it was wrapped twice more:\npromised %s\nbut has  %s", story, want, is)
	})
}

func TestFromPgKeeps(t *testing.T) {
	each(t, func(t *testing.T, _ cause, err, got error, story string) {
		require.Truef(t, errors.Is(got, err), "%s\nThat stays in the chain. errors.Is and errors.As do not find the %T any more, in what FromPg has returned: %v", story, err, got)
	})

	t.Run("nil", func(t *testing.T) {
		got := do(t, api.FromPg, nil)
		require.Truef(t, got == nil, "FromPg(nil) == nil: nothing has gone wrong. It has returned a %T: %v", got, got)
	})

	t.Run("what_is_not_of_pgx", func(t *testing.T) {
		for _, k := range kinds {
			require.Equalf(t, k.name, kindsOf(do(t, api.FromPg, wrap(k.kind))), "FromPg was given %s, wrapped twice. The kind of what it has returned", k.name)
		}
		got := do(t, api.FromPg, wrap(io.ErrUnexpectedEOF))
		require.ErrorIs(t, got, io.ErrUnexpectedEOF, "FromPg was given an error that is not of pgx")
		require.Equal(t, "no kind", kindsOf(got), "FromPg was given an error that is not of pgx, and has no kind. The kind of what it has returned")
	})
}

func TestStatus(t *testing.T) {
	is := func(name string, err error, want int) {
		t.Run(name, func(t *testing.T) {
			require.Equalf(t, want, do(t, api.Status, err), "Status %s; its text: %v", name, err)
		})
	}
	is("of_nil", nil, 200)
	is("of_an_error_without_a_kind", errors.New("not found"), 500)
	for _, k := range kinds {
		is("of_"+k.name, k.kind, k.status)
		is("of_"+k.name+"_wrapped_twice", wrap(k.kind), k.status)
	}
}

func TestValidate(t *testing.T) {
	t.Run("returns_nil_for_a_valid_user", func(t *testing.T) {
		r := seed.New(t)
		u := api.NewUser{Email: r.Email(), Name: r.Name(), Plan: r.Word()}
		err := do(t, api.Validate, u)
		require.Truef(t, err == nil, "nothing is wrong with %+v, so Validate(…) == nil. What it has returned is not nil; it has the type %T: %v", u, err, err)
	})

	finds := func(name string, u api.NewUser, want ...string) {
		t.Run(name, func(t *testing.T) {
			err := do(t, api.Validate, u)
			for _, err := range []error{err, wrap(err)} {
				require.Equalf(t, "ErrInvalid, 422", fmt.Sprintf("%s, %d", kindsOf(err), do(t, api.Status, err)), "Validate was given %+v. Kind and Status of: %v", u, err)
				got := []string{}
				for _, f := range do(t, api.Fields, err) {
					got = append(got, f.Field+" "+f.Code)
				}
				slices.Sort(got)
				require.Truef(t, slices.Equal(want, got), "Validate was given %+v.\npromised from Fields: %q\nit has returned:      %q\nfor this error: %v", u, want, got, err)
			}
		})
	}
	finds("finds_a_missing_email", api.NewUser{Name: "Lu", Plan: "free"}, "email required")
	finds("finds_a_malformed_email", api.NewUser{Email: "lu", Name: "Lu", Plan: "free"}, "email malformed")
	finds("finds_a_missing_name", api.NewUser{Email: "lu@example.com", Plan: "free"}, "name required")
	finds("finds_a_missing_plan", api.NewUser{Email: "lu@example.com", Name: "Lu"}, "plan required")
	finds("finds_all_that_are_wrong", api.NewUser{Email: "lu"}, "email malformed", "name required", "plan required")

	t.Run("is_where_fields_come_from", func(t *testing.T) {
		require.Empty(t, do(t, api.Fields, nil), "Fields(nil)")
		require.Empty(t, do(t, api.Fields, wrap(api.ErrInvalid)), "Fields of an error of kind ErrInvalid that does not come from Validate")
	})
}
