package configuration_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"workbook/exercises/internal/seed"
)

func TestLoad(t *testing.T) {
	t.Run("takes_every_variable", func(t *testing.T) { good(seed.New(t)).loads(t) })
	for _, name := range []string{"PORT", "TIMEOUT", "LOG_LEVEL", "SECURE_COOKIES"} {
		t.Run("has_a_default_for_"+name, func(t *testing.T) { good(seed.New(t)).with(name, "").loads(t) })
	}
	for _, name := range []string{"PUBLIC_URL", "DATABASE_URL", "SESSION_KEY"} {
		t.Run("has_no_default_for_"+name, func(t *testing.T) { good(seed.New(t)).with(name, "").refused(t, name) })
	}
	accepted := map[string][]string{
		"PORT":           {"1", "80", "8080", "65535"},
		"PUBLIC_URL":     {"http://localhost:3000", "https://shop.example", "https://shop.example/eu/", "http://[::1]:80"},
		"TIMEOUT":        {"1ns", "250ms", "1m30s", "1.5h"},
		"LOG_LEVEL":      {"debug", "info", "warn", "error"},
		"SECURE_COOKIES": {"true", "false"},
		"DATABASE_URL":   {"postgres://db", "postgresql://shop@db:5432/shop?sslmode=disable", "postgres://shop:a%40b%2Fc@db/shop", "postgres://shop:p!s%73@db/shop"},
		"SESSION_KEY":    {strings.Repeat("k", 32), strings.Repeat("é", 16), " " + strings.Repeat("k", 40) + "\n", strings.Repeat("%s", 30)},
	}
	for _, name := range variables {
		t.Run("accepts_what_is_right_for_"+name, func(t *testing.T) {
			for _, value := range accepted[name] {
				good(seed.New(t)).with(name, value).loads(t)
			}
		})
	}
	t.Run("keeps_two_environments_apart", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				e := good(seed.New(t))
				for range 20 {
					e.loads(t)
				}
			})
		}
	})
}

// wrong is a value for each way to break a rule.
var wrong = map[string]map[string]string{
	"PORT": {"with_a_letter": "80a", "zero": "0", "too_large": "65536", "large_enough_to_wrap": "65616", "negative": "-1",
		"with_a_space": " 80", "with_a_line_break": "80\n", "in_hex": "0x50", "a_name": "http", "a_fraction": "80.0"},
	"PUBLIC_URL": {"without_a_scheme": "shop.example", "a_path": "/shop", "without_a_host": "https://", "with_only_a_path": "https:///shop",
		"with_only_a_port": "https://:8080", "another_scheme": "ftp://shop.example", "without_slashes": "https:shop.example", "with_a_space": "https://shop example"},
	"TIMEOUT":        {"without_a_unit": "30", "zero": "0s", "zero_without_a_unit": "0", "negative": "-5s", "with_a_space": "30 s", "a_word": "soon"},
	"LOG_LEVEL":      {"unknown": "verbose", "nearly_a_level": "warning", "with_a_space": "info ", "a_number": "4"},
	"SECURE_COOKIES": {"misspelt": "flase", "a_word": "yes", "with_a_space": "true ", "a_number": "2"},
	"DATABASE_URL": {"another_database": "mysql://shop:GJKMNPQRSVWX@db/shop", "without_a_scheme": "shop:GJKMNPQRSVWX@db/shop",
		"without_a_host": "postgres:///shop", "with_only_a_port": "postgres://shop:GJKMNPQRSVWX@:5432/shop", "with_a_bad_port": "postgres://shop:GJKMNPQRSVWX@db:54x2/shop",
		"with_a_bad_escape": "postgres://shop:GJKMNPQR%ZZSVWX@db/shop", "with_a_space": " postgres://shop:GJKMNPQRSVWX@db/shop"},
	"SESSION_KEY": {"a_byte_too_short": "GJKMNPQRSVWXZGJKMNPQRSVWXZGJKMN", "short": "GJKMNPQR"},
}

var plainlyWrong = environment{
	"PORT": "80a", "PUBLIC_URL": "https://shop example", "TIMEOUT": "30", "LOG_LEVEL": "verbose",
	"SECURE_COOKIES": "flase", "DATABASE_URL": "postgres://shop:GJKMNPQRSVWX@db:54x2/shop", "SESSION_KEY": "GJKMNPQR",
}

func TestLoadRefuses(t *testing.T) {
	for _, name := range variables {
		for _, kind := range slices.Sorted(maps.Keys(wrong[name])) {
			t.Run(name+"_"+kind, func(t *testing.T) {
				good(seed.New(t)).with(name, wrong[name][kind]).refused(t, name)
			})
		}
	}
}

func TestLoadNames(t *testing.T) {
	t.Run("every_variable_at_fault", func(t *testing.T) {
		r := seed.New(t)
		for n := 2; n <= len(variables); n++ {
			e, faulty := good(r), seed.Sample(r, variables, n)
			for _, name := range faulty {
				e[name] = plainlyWrong[name]
			}
			e.refused(t, faulty...)
		}
	})
	t.Run("every_variable_that_is_missing", func(t *testing.T) {
		environment{}.refused(t, "PUBLIC_URL", "DATABASE_URL", "SESSION_KEY")
	})
	t.Run("no_secret", func(t *testing.T) {
		e := good(seed.New(t)).with("PORT", "80a")
		environments := []environment{e}
		for _, name := range []string{"DATABASE_URL", "SESSION_KEY"} {
			for _, kind := range slices.Sorted(maps.Keys(wrong[name])) {
				environments = append(environments, e.with(name, wrong[name][kind]))
			}
		}
		for _, e := range environments {
			if _, err := e.load(t); err != nil { // without one, TestLoadRefuses fails
				e.hides(t, err.Error(), "The error of Load")
			}
		}
	})
}
