package filters_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	filters "workbook/exercises/04-apis/04-filters-and-sorts"
)

func TestParseQuery(t *testing.T) {
	// refuses requires an error that names the parameter, alone and among others.
	refuses := func(name, param string, queries ...string) {
		t.Run("refuses_"+name, func(t *testing.T) {
			for _, query := range queries {
				for _, whole := range []string{query, "sort=priority&" + query + "&limit=7"} {
					if whole != query && (param == "sort" || param == "limit") {
						continue
					}
					_, err := parse(t, whole)
					var fault *filters.ParamError
					require.ErrorAsf(t, err, &fault, "ParseQuery of ?%s: %s is at fault, so the error is a *ParamError", whole, param)
					require.Equalf(t, param, fault.Param, "ParseQuery of ?%s: the error names the parameter that is at fault", whole)
				}
			}
		})
	}
	for name, param := range map[string]string{"a_name_that_is_mistyped": "assigne", "another_name": "page", "a_name_in_upper_case": "Status", "a_column": "title", "a_name_of_SQL": "id'--", "no_name": ""} {
		refuses(name, param, param+"=open")
	}
	refuses("a_limit_twice", "limit", "limit=5&limit=6", "limit=5&limit=5")
	refuses("a_sort_twice", "sort", "sort=priority&sort=created_at")
	refuses("a_text_twice", "q", "q=a&q=b")
	refuses("a_time_twice", "from", "from=2026-03-29T12:00:00Z&from=2026-03-29T12:00:00Z")
	for _, name := range []string{"status", "q", "from", "before", "sort", "limit"} {
		refuses("nothing_as_"+name, name, name+"=", name)
	}
	refuses("another_status", "status", "status=done", "status=Open", "status=open,closed", "status=open&status=done", "status=open&status=", "status=open+")
	refuses("a_limit_that_is_none", "limit", "limit=0", "limit=-1", "limit=101", "limit=1000000000", "limit=99999999999999999999", "limit=10.0", "limit=ten", "limit=1e1", "limit=5+", "limit=0x10")
	refuses("a_time_that_is_none", "from", "from=yesterday", "from=2026-03-29", "from=2026-02-30T00:00:00Z", "from=2026-03-29T12:00:00", "from=2026-03-29T12:00:00+01:00", "from=1774785600")
	refuses("another_time_that_is_none", "before", "before=now", "before=infinity", "before=2026-03-29T25:00:00Z")
	refuses("a_sort_that_is_none", "sort", "sort=title", "sort=id", "sort=-", "sort=--priority", "sort=%2Bpriority", "sort=Priority", "sort=priority,created_at", "sort=priority+DESC", "sort=-status",
		"sort=(CASE+WHEN+1=1+THEN+id+END)", "sort=priority%3BDROP+TABLE+tickets", "sort=1", "sort=random()", "sort=-created_at+")
	refuses("text_that_cannot_be_stored", "q", "q=%00", "q=a%00b", "q=%FF", "q=a%C3")
	refuses("an_assignee_that_cannot_be_stored", "assignee", "assignee=%00", "assignee=%ED%A0%80")

	t.Run("takes_the_limits_of_limit", func(t *testing.T) {
		for _, query := range []string{"limit=1", "limit=100", ""} {
			_, err := parse(t, query)
			require.NoErrorf(t, err, "ParseQuery of ?%s, where nothing is at fault", query)
		}
	})
}
