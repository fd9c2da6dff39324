// Package teststhatcanfail_test tests the tests in the folder slots: it runs
// them against programs that keep the contract, which they must pass, and
// against programs that break it at one point, which they must fail.
package teststhatcanfail_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestSuite(t *testing.T) {
	s := build(t)
	s.tryGiven()

	t.Run("builds_and_passes_go_vet", func(t *testing.T) {
		if s.fault != "" {
			t.Fatalf("Your tests must build, and start. They do not:\n\n%s", s.fault)
		}
		if s.vet != "" {
			t.Fatalf("go vet must have nothing to say about your tests. It says:\n\n%s", s.vet)
		}
	})
	t.Run("never_sleeps", func(t *testing.T) {
		if naps := sleeps(t); len(naps) > 0 {
			t.Fatalf("Your tests must not sleep: a pause is too short on a busy day, and wasted on any other. They do, here:\n\n\t%s", strings.Join(naps, "\n\t"))
		}
	})
	t.Run("has_tests_and_skips_none", func(t *testing.T) {
		s.mustHaveTests(t)
		for _, name := range s.tests {
			for _, skipped := range regexp.MustCompile(`(?m)^\s*--- SKIP: (\S+)`).FindAllStringSubmatch(s.alone[name].output, -1) {
				t.Errorf("No test may be skipped, since it says nothing of the program then. %s is.", skipped[1])
			}
		}
	})
	t.Run("each_test_passes_alone", func(t *testing.T) {
		s.mustHaveTests(t)
		for _, name := range s.tests {
			if o := s.alone[name]; !o.ok {
				t.Errorf("Each test must pass with the given program, also when it is run alone. %s does not:\n\n%s", name, o)
			}
		}
	})
	t.Run("tests_pass_twice_in_another_order", func(t *testing.T) {
		s.mustHavePassing(t)
		if !s.together.ok {
			t.Fatalf("Tests must pass with the given program in any order, and again. Each of these passes alone, but shuffled, and twice in one process, they do not:\n\n%s", s.together)
		}
	})
	for _, p := range rights {
		t.Run("accepts/"+p.name, func(t *testing.T) {
			t.Parallel()
			s.mustJudge(t)
			if o := s.run(p.program, s.passing); !o.ok {
				t.Fatalf("Your tests must pass with every program that keeps the contract. With this one they do not, so they ask for more than the contract promises. (%s.)\n\n%s", p.how, o)
			}
		})
	}
	for _, m := range mutants {
		t.Run("catches/"+strings.ReplaceAll(m.does, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s.mustJudge(t)
			if why := s.survives(m); why != "" {
				t.Fatalf("This program survives your tests. In it, %s. The contract says: %s\n\n%s", m.does, m.promise, why)
			}
		})
	}
}

// survives says why a mutant is not caught, or nothing.
func (s *suite) survives(m mutant) string {
	o := s.run(m.name(), s.passing, "-test.failfast")
	switch {
	case o.hung:
		return "A test must say so, and end.\n\n" + o.String()
	case o.ok:
		return "All tests that pass with the given program pass with this one, too."
	}
	if first := regexp.MustCompile(`(?m)^--- FAIL: (\S+)`).FindStringSubmatch(o.output); m.atOnce && first != nil {
		for range 3 {
			if s.run(m.name(), first[1:]).ok {
				return first[1] + " fails with it in one run and passes in the next. Whether a test sees the mistake must not depend on luck."
			}
		}
	}
	return ""
}

// The must functions end tests that have nothing to judge.
func (s *suite) mustHaveTests(t *testing.T) {
	t.Helper()
	if s.fault != "" {
		t.Fatal("Your tests do not build, or do not start. TestSuite/builds_and_passes_go_vet says why.")
	}
	if len(s.tests) == 0 {
		t.Fatal("There must be tests in the folder slots. The program that `go test` makes of it has none.")
	}
}

func (s *suite) mustHavePassing(t *testing.T) {
	t.Helper()
	if s.mustHaveTests(t); len(s.passing) == 0 {
		t.Fatal("No test of yours passes with the given program, so none can judge another one.")
	}
}

func (s *suite) mustJudge(t *testing.T) {
	t.Helper()
	s.mustHavePassing(t)
	if !s.together.ok {
		t.Fatal("Run together, your tests fail with the given program, so they cannot judge another one.")
	}
	if time.Until(s.end) < 0 {
		t.Fatalf("Not tried: the runs before have taken %v.", budget)
	}
}
