package production_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

func TestSplitRecord(t *testing.T) {
	const agent = "curl/8.5\nlevel=INFO msg=login user=admin ok=true"
	var text strings.Builder
	// snippet: printed
	fmt.Fprintf(&text, "level=INFO msg=request path=%s agent=%s\n", "/orders", agent)
	// end snippet
	var records strings.Builder
	logger := slog.New(slog.NewJSONHandler(&records, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	logger.Log(context.Background(), slog.LevelInfo, "request", "path", "/orders", "agent", agent)
	require.True(t, json.Valid([]byte(records.String())))
	exercises.Golden(t, "records", fmt.Sprintf("printed: %d records\n%s\nslog: %d record\n%s",
		strings.Count(text.String(), "\n"), text.String(), strings.Count(records.String(), "\n"), records.String()))
}

func TestMean(t *testing.T) {
	var took []time.Duration
	for i := range 100 {
		switch {
		case i < 90:
			took = append(took, 20*time.Millisecond)
		case i < 98:
			took = append(took, 400*time.Millisecond)
		default:
			took = append(took, 9*time.Second)
		}
	}
	slices.Sort(took)
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	// snippet: percentile
	percentile := func(p int) time.Duration { return took[(p*len(took)+99)/100-1] }
	// end snippet
	rows := []string{"of 100 requests\t"}
	rows = append(rows, "the mean\t"+(sum/time.Duration(len(took))).String())
	for _, p := range []int{50, 90, 95, 99} {
		rows = append(rows, fmt.Sprintf("p%d\t%s", p, percentile(p)))
	}
	exercises.Golden(t, "mean", strings.Replace(lines(t, rows...), "of 100 requests   \n", "of 100 requests\n", 1))
}

func TestSeries(t *testing.T) {
	byPath, byPattern := map[string]int{}, map[string]int{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		// snippet: label
		byPath[r.URL.Path]++
		byPattern[r.Pattern]++
		// end snippet
	})
	for id := range 1000 {
		mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprintf("/orders/%d", id), nil))
	}
	exercises.Golden(t, "series", lines(t, "after 1,000 requests\tseries", fmt.Sprintf("by r.URL.Path\t%d", len(byPath)), fmt.Sprintf("by r.Pattern\t%d", len(byPattern))))
}
