package configuration_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	configuration "workbook/exercises/06-production/01-configuration"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

// holders is where a program may have put its secrets before it prints them.
func holders(cfg configuration.Config) map[string][]any {
	s, u := cfg.SessionKey, cfg.DatabaseURL
	return map[string][]any{
		"alone":                  {s, u},
		"behind_a_pointer":       {&s, &u},
		"in_a_slice_or_map":      {[]configuration.Secret{s, u}, []any{&u}, map[string]configuration.Secret{"key": s}},
		"in_the_Config":          {cfg, &cfg},
		"in_another_struct":      {struct{ Key *configuration.Secret }{&s}, struct{ Cfg any }{cfg}},
		"in_an_unexported_field": {struct{ key configuration.Secret }{s}, &struct{ cfg configuration.Config }{cfg}},
	}
}

// printers is how a program may print them.
var printers = map[string]func(value any) string{
	"fmt": func(value any) (text string) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			text += verb[1:] + " " + fmt.Sprintf(verb, value) + "\n\t"
		}
		return text
	},
	"json": func(value any) string {
		text, err := json.Marshal(value)
		return fmt.Sprintf("%s %v", text, err)
	},
	"slog_text": logged(func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }),
	"slog_json": logged(func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) }),
}

func logged(handler func(io.Writer) slog.Handler) func(value any) string {
	return func(value any) string {
		var out strings.Builder
		slog.New(handler(&out)).Info("loaded", "value", value)
		return out.String()
	}
}

func TestSecret(t *testing.T) {
	for _, holder := range slices.Sorted(maps.Keys(holders(configuration.Config{}))) {
		for _, printer := range slices.Sorted(maps.Keys(printers)) {
			t.Run(holder+"_printed_by_"+printer, func(t *testing.T) {
				e := good(seed.New(t))
				for _, value := range holders(e.loads(t))[holder] {
					e.hides(t, guard.Call(t, func() string { return printers[printer](value) }), fmt.Sprintf("Printing a %T", value))
				}
			})
		}
	}
}
