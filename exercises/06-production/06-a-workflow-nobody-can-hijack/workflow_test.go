package pipeline_test

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func stepName(s *actionlint.Step, i int) string {
	if s.Name != nil {
		return fmt.Sprintf("%q", s.Name.Value)
	}
	return fmt.Sprintf("%d", i+1)
}

var cache = map[bool][]past{}

// everything that may happen, or with maybe == false all that is certain to.
func everything(t *testing.T, maybe bool) []past {
	for _, file := range []string{"ci.yml", "deploy.yml"} {
		require.NotNilf(t, workflows[file], "%s is a workflow that can be read; TestFiles says more", file)
	}
	if cache[maybe] == nil {
		cache[maybe] = histories(t, maybe)
	}
	return cache[maybe]
}

// somewhere ends the test when a script runs in no job: what is promised of it
// cannot be seen then.
func somewhere(t *testing.T, script string) {
	t.Helper()
	require.Truef(t, slices.ContainsFunc(everything(t, true), func(p past) bool { return p.starts(script) }), "%s runs in some job", script)
}

// nowhere fails the test with everything that find has to say of some job, each
// thing once.
func nowhere(t *testing.T, promise string, find func(past, job) []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range everything(t, true) {
		for _, j := range p.jobs {
			for _, text := range find(p, j) {
				where, _, _ := strings.Cut(text, "\n")
				if !seen[where] && len(seen) < 6 {
					t.Errorf("%s:\n%.600s\n(seen in %s, when %s)", promise, text, p.world.name, p.outcome)
				}
				seen[where] = true
			}
		}
	}
}

func TestFiles(t *testing.T) {
	t.Run("are_valid", func(t *testing.T) {
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{IgnorePatterns: []string{"potentially untrusted"}})
		require.NoError(t, err)
		entries, err := files.ReadDir(folder)
		require.NoError(t, err)
		for _, entry := range entries {
			file := entry.Name()
			text, _ := files.ReadFile(folder + "/" + file)
			errs, err := linter.Lint("embedded/"+file, text, nil)
			require.NoError(t, err)
			for _, e := range errs {
				if e.Kind != "runner-label" {
					t.Errorf("%s is a valid workflow; actionlint says, line %d: %s", file, e.Line, e.Message)
				}
			}
			each(workflows[file], func(call *actionlint.WorkflowCall) {
				if name, local := strings.CutPrefix(call.Uses.Value, "./.github/workflows/"); local && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
					t.Errorf("%s calls %s, which is not there", file, call.Uses.Value)
				}
			})
		}
	})
}

func TestPins(t *testing.T) {
	pinned := regexp.MustCompile(`(?i)^[^./@][^@]*/[^@]+@[0-9a-f]{40}$|^docker://.+@sha256:[0-9a-f]{64}$`)

	t.Run("actions_are_commits", func(t *testing.T) {
		for _, file := range slices.Sorted(maps.Keys(workflows)) {
			each(workflows[file], func(action *actionlint.ExecAction) {
				assert.Regexpf(t, pinned, action.Uses.Value, "%s: an action is named by its commit, 40 hexadecimal digits; a tag or a branch can be moved to other code", file)
			})
		}
	})

	t.Run("called_workflows_are_here", func(t *testing.T) {
		for _, file := range slices.Sorted(maps.Keys(workflows)) {
			each(workflows[file], func(call *actionlint.WorkflowCall) {
				assert.Truef(t, strings.HasPrefix(call.Uses.Value, "./.github/workflows/"),
					"%s: a called workflow is a file of this repository, beside ci.yml; it is %s", file, call.Uses.Value)
			})
		}
	})
}

func TestPermissions(t *testing.T) {
	t.Run("are_written_down", func(t *testing.T) {
		nowhere(t, "the permissions of each job are written down, in the job or for the workflow", func(_ past, j job) (out []string) {
			if j.defaulted {
				out = append(out, j.label+" has what the repository's settings say, which may be everything")
			}
			return out
		})
	})

	t.Run("write_nothing", func(t *testing.T) {
		nowhere(t, "no job can write anything: id-token for the deployment is the only write", func(_ past, j job) (out []string) {
			if j.defaulted {
				return nil
			}
			if all := slices.DeleteFunc(j.permissions.writes(), func(s string) bool { return s == "id-token" }); len(all) > 0 {
				out = append(out, j.label+" can write "+strings.Join(all, ", "))
			}
			return out
		})
	})

	t.Run("to_log_in_are_for_the_deployment_alone", func(t *testing.T) {
		nowhere(t, "id-token: write is for the job that deploys, and that job runs no tests", func(p past, j job) (out []string) {
			if j.defaulted || j.permissions.of("id-token") != "write" {
				return nil
			}
			if p.outcome == passes && !j.starts("scripts/deploy") {
				out = append(out, j.label+" has it, and does not deploy")
			}
			if j.starts("scripts/test") || j.starts("scripts/check-title") {
				out = append(out, j.label+" has it, and runs scripts/test or scripts/check-title too")
			}
			return out
		})
	})

	t.Run("to_log_in_are_there", func(t *testing.T) {
		somewhere(t, "scripts/deploy")
		nowhere(t, "the job that deploys has id-token: write", func(_ past, j job) (out []string) {
			if !j.defaulted && j.starts("scripts/deploy") && j.permissions.of("id-token") != "write" {
				out = append(out, j.label+" runs scripts/deploy with id-token: "+j.permissions.of("id-token"))
			}
			return out
		})
	})

	t.Run("suffice_to_check_out", func(t *testing.T) {
		nowhere(t, "the repository is private: a job that checks it out has contents: read", func(_ past, j job) (out []string) {
			for _, s := range j.steps {
				if checksOut(s) && j.permissions.of("contents") == "none" {
					out = append(out, s.label+" checks out, with contents: none")
				}
			}
			return out
		})
	})
}

func checksOut(s step) bool { return strings.HasPrefix(strings.ToLower(s.uses), "actions/checkout@") }

func TestStrangers(t *testing.T) {
	t.Run("write_no_scripts", func(t *testing.T) {
		nowhere(t, "what somebody else wrote is never pasted into a script", func(_ past, j job) (out []string) {
			for _, s := range j.steps {
				if strings.Contains(s.script+s.with["script"], "hijacked") {
					out = append(out, fmt.Sprintf("%s becomes\n%s", s.label, s.script+s.with["script"]))
				}
			}
			return out
		})
	})

	t.Run("code_has_no_rights_of_the_base", func(t *testing.T) {
		theirs := regexp.MustCompile(`hijacked|` + strange + `|refs/pull/|\bpull/|` + fork)
		nowhere(t, "a run with the rights of the base takes nothing from a stranger's branch", func(p past, j job) (out []string) {
			if !p.world.base {
				return nil
			}
			for _, s := range j.steps {
				if checksOut(s) && theirs.MatchString(s.with["ref"]+" "+s.with["repository"]) {
					out = append(out, fmt.Sprintf("%s checks out %s %s", s.label, s.with["repository"], s.with["ref"]))
				}
				for _, call := range s.calls {
					words := strings.Join(call, " ")
					if call[0] == "git" && theirs.MatchString(words) || strings.HasPrefix(words, "gh pr checkout") {
						out = append(out, fmt.Sprintf("%s does: %s", s.label, words))
					}
				}
			}
			return out
		})
	})

	t.Run("title_and_branch_are_checked", func(t *testing.T) {
		want := []string{"scripts/check-title", title, branch}
		for _, w := range worlds() {
			if w.event != "pull_request" || w.action == "closed" {
				continue
			}
			var calls [][]string
			for _, p := range everything(t, false) {
				if !p.world.is(w) || p.outcome != passes {
					continue
				}
				for _, j := range p.jobs {
					for _, s := range j.steps {
						calls = append(calls, s.started("scripts/check-title")...)
					}
				}
			}
			require.Containsf(t, calls, want, "%s (%s): scripts/check-title gets two arguments, its title and the name of its branch, letter for letter", w.name, w.action)
		}
	})
}

func TestTests(t *testing.T) {
	run := func(t *testing.T, promise string, in func(world) bool) {
		var missing []string
		for _, w := range worlds() {
			tested := slices.ContainsFunc(everything(t, false), func(p past) bool {
				return p.outcome == passes && p.ended != "" && p.world.is(w)
			})
			if in(w) && !tested {
				missing = append(missing, strings.TrimSpace(w.name+" "+w.action))
			}
		}
		assert.Emptyf(t, missing, "%s; no run is certain to do so after", promise)
	}

	t.Run("run_for_every_pull_request", func(t *testing.T) {
		run(t, "scripts/test runs for every pull request to main when it is opened and when it changes, whoever it is from",
			func(w world) bool { return w.event == "pull_request" && w.action != "closed" })
	})

	t.Run("run_for_every_push_to_main", func(t *testing.T) {
		run(t, "scripts/test runs for every push to main", func(w world) bool { return w.event == "push" && w.branch == "main" })
	})

	t.Run("that_fail_end_the_run_in_failure", func(t *testing.T) {
		somewhere(t, "scripts/test")
		for _, p := range everything(t, true) {
			if p.outcome == fails && p.ended != "" && p.ended != "failure" {
				t.Fatalf("when scripts/test exits with 1, the run ends in failure; after %s it ended in %s", p.world.name, p.ended)
			}
		}
	})

	t.Run("have_a_database_that_answers", func(t *testing.T) {
		somewhere(t, "scripts/test")
		nowhere(t, "scripts/test has a Postgres service, and its steps begin when pg_isready or psql succeeds in it", func(_ past, j job) (out []string) {
			if !j.starts("scripts/test") {
				return nil
			}
			why := j.label + " has no service with an image postgres"
			for name, s := range services(j) {
				if s.Container == nil || s.Container.Image == nil || !regexp.MustCompile(`(^|/)postgres([:@]|$)`).MatchString(s.Container.Image.Value) {
					continue
				}
				options := ""
				if s.Container.Options != nil {
					options = s.Container.Options.Value
				}
				if asks(options) {
					return nil
				}
				why = fmt.Sprintf("%s, service %s: the options are %q", j.label, name, options)
			}
			return []string{why}
		})
	})
}

func services(j job) map[string]*actionlint.Service {
	if j.Services == nil {
		return nil
	}
	return j.Services.Value
}

// asks reports whether the options of a container have a health check that asks
// the server.
func asks(options string) bool {
	words := regexp.MustCompile(`(?:[^\s"']|"[^"]*"|'[^']*')+`).FindAllString(options, -1)
	for i, word := range words {
		flag, command, has := strings.Cut(word, "=")
		if !has && i+1 < len(words) {
			command = words[i+1]
		}
		if flag == "--no-healthcheck" {
			return false
		}
		if flag == "--health-cmd" && regexp.MustCompile(`\b(pg_isready|psql)\b`).MatchString(command) {
			return true
		}
	}
	return false
}

func TestDeployment(t *testing.T) {
	t.Run("follows_a_push_to_main", func(t *testing.T) {
		assert.True(t, slices.ContainsFunc(everything(t, false), func(p past) bool {
			return p.outcome == passes && strings.HasPrefix(p.world.name, "a push to main") && p.world.released && p.starts("scripts/deploy")
		}), "after a push to main whose tests pass, scripts/deploy runs; no run is certain to do so")
	})

	t.Run("needs_passed_tests", func(t *testing.T) {
		somewhere(t, "scripts/deploy")
		for _, p := range everything(t, true) {
			if p.world.released && p.starts("scripts/deploy") && !p.passed {
				t.Fatalf("scripts/deploy runs only when scripts/test has passed for the same commit; it ran after %s, when %s", p.world.name, p.outcome)
			}
		}
	})

	t.Run("is_of_main_alone", func(t *testing.T) {
		somewhere(t, "scripts/deploy")
		var after []string
		for _, p := range everything(t, true) {
			if !p.world.released && p.starts("scripts/deploy") && !slices.Contains(after, p.world.name) {
				after = append(after, p.world.name)
			}
		}
		assert.Emptyf(t, after, "scripts/deploy runs only after a push to main, or a start by hand on main; it ran after")
	})

	t.Run("is_of_the_tested_commit", func(t *testing.T) {
		somewhere(t, "scripts/deploy")
		nowhere(t, "what is deployed is the commit that was pushed and tested, and not what main has become since", func(p past, j job) (out []string) {
			if !p.world.released || !j.starts("scripts/deploy") {
				return nil
			}
			where := ""
			for _, s := range j.steps {
				if checksOut(s) {
					ref := s.with["ref"]
					if ref == "" {
						ref = p.world.commit
					}
					where = ref
				}
			}
			switch where {
			case pushed:
			case "":
				out = append(out, j.label+" checks out nothing")
			case latest:
				out = append(out, j.label+" checks out the latest commit of main")
			default:
				out = append(out, j.label+" checks out "+where)
			}
			return out
		})
	})

	t.Run("is_in_the_environment_production", func(t *testing.T) {
		somewhere(t, "scripts/deploy")
		nowhere(t, "the job that deploys is in the environment production", func(_ past, j job) (out []string) {
			if j.starts("scripts/deploy") && j.environment != "production" {
				out = append(out, fmt.Sprintf("%s has the environment %q", j.label, j.environment))
			}
			return out
		})
	})
}

func TestSecrets(t *testing.T) {
	t.Run("are_not_used", func(t *testing.T) {
		for _, file := range slices.Sorted(maps.Keys(workflows)) {
			w := workflows[file]
			for _, text := range expressions(w) {
				for rest := text; ; {
					_, after, found := strings.Cut(rest, "${{")
					if !found {
						break
					}
					lexer := actionlint.NewExprLexer(after)
					node, err := actionlint.NewExprParser().Parse(lexer)
					if err != nil {
						break
					}
					actionlint.VisitExprNode(node, func(n, parent actionlint.ExprNode, entering bool) {
						v, is := n.(*actionlint.VariableNode)
						if !is || !entering || !strings.EqualFold(v.Name, "secrets") {
							return
						}
						if d, is := parent.(*actionlint.ObjectDerefNode); !is || !strings.EqualFold(d.Property, "GITHUB_TOKEN") {
							t.Errorf("no secret is used but GITHUB_TOKEN; %s has %s", file, text)
						}
					})
					rest = after[lexer.Offset():]
				}
			}
			each(w, func(call *actionlint.WorkflowCall) {
				assert.Falsef(t, call.InheritSecrets, "no secret is used but GITHUB_TOKEN; %s hands all of them to %s", file, call.Uses.Value)
			})
		}
	})

	t.Run("are_not_kept_elsewhere", func(t *testing.T) {
		key := regexp.MustCompile(`(?i)(access|secret|api|account)[-_]?key|credentials[-_]json|_credentials$|client[-_]secret`)
		for _, file := range slices.Sorted(maps.Keys(workflows)) {
			w := workflows[file]
			check := func(name *actionlint.String) {
				assert.NotRegexpf(t, key, name.Value, "%s: no variable or input is named like a key of a cloud", file)
			}
			each(w, func(v *actionlint.EnvVar) { check(v.Name) })
			each(w, func(v *actionlint.Input) { check(v.Name) })
			each(w, func(v *actionlint.WorkflowCallInput) { check(v.Name) })
		}
	})

	t.Run("of_the_checkout_are_not_left_behind", func(t *testing.T) {
		nowhere(t, "every checkout has persist-credentials: false, so that the token is not in .git for what runs later", func(_ past, j job) (out []string) {
			for _, s := range j.steps {
				if checksOut(s) && s.with["persist-credentials"] != "false" {
					out = append(out, s.label+" leaves it there")
				}
			}
			return out
		})
	})
}

// expressions are the texts of a workflow that may hold expressions.
func expressions(w *actionlint.Workflow) (all []string) {
	each(w, func(s *actionlint.String) { all = append(all, s.Value) })
	return all
}
