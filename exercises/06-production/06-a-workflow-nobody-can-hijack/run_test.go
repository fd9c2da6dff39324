package pipeline_test

import (
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// Permissions of a token: scope → none, read, write. "*" is all the others.
type permissions map[string]string

var levels = []string{"none", "read", "write"}

// declared are the permissions that are written down, or those of whoever calls.
func declared(p *actionlint.Permissions, otherwise permissions) permissions {
	switch {
	case p == nil:
		return otherwise
	case p.All != nil:
		return permissions{"*": strings.TrimSuffix(p.All.Value, "-all")}
	}
	out := permissions{"*": "none"}
	for name, scope := range p.Scopes {
		out[name] = scope.Value.Value
	}
	return out
}

func (p permissions) of(scope string) string {
	if level, ok := p[scope]; ok {
		return level
	}
	return p["*"]
}

// within takes away what the caller does not have.
func (p permissions) within(limit permissions) permissions {
	out := permissions{}
	for _, all := range []permissions{p, limit} {
		for scope := range all {
			out[scope] = levels[max(0, min(slices.Index(levels, p.of(scope)), slices.Index(levels, limit.of(scope))))]
		}
	}
	return out
}

// writes are the scopes that can be written.
func (p permissions) writes() []string {
	var all []string
	for _, scope := range slices.Sorted(maps.Keys(p)) {
		if p[scope] == "write" {
			all = append(all, strings.Replace(scope, "*", "everything else", 1))
		}
	}
	return all
}

// How the other jobs fare in a run.
const (
	passes  = "the tests pass"
	fails   = "the tests fail"
	cancels = "somebody cancels the run while the tests run"
	earlier = "another job fails before the tests begin"
)

// A step that was run.
type step struct {
	*actionlint.Step
	label  string // where it is
	script string // with the values of its expressions
	uses   string
	with   map[string]string
	calls  [][]string // what it started, each with its arguments
}

// A job that was run.
type job struct {
	*actionlint.Job
	label       string
	permissions permissions
	defaulted   bool // no permissions are written down
	environment string
	steps       []step
	result      string
}

// starts reports whether a step of the job starts the script.
func (j job) starts(script string) bool {
	return slices.ContainsFunc(j.steps, func(s step) bool { return len(s.started(script)) > 0 })
}

func (s step) started(script string) [][]string {
	return slices.DeleteFunc(slices.Clone(s.calls), func(call []string) bool { return path.Base(call[0]) != path.Base(script) })
}

// A run of a workflow, with the workflows that it calls.
type run struct {
	t       *testing.T
	world   world
	outcome string
	maybe   bool // whether conditions hold that nobody can know
	jobs    []job
	depth   int

	spelling map[string]string // of environment variables
}

// workflow runs all jobs of a file and returns the conclusion and its outputs.
func (r *run) workflow(file string, inputs object, limit permissions, defaulted bool) (string, object) {
	w := workflows[file]
	if w == nil || r.depth > 8 {
		return "success", object{"*": unknown("")} // not ours; TestFiles and TestPins look at what is called
	}
	r.depth++
	defer func() { r.depth-- }()
	github := r.world.context()
	github["workflow"] = nameOf(file)
	base := object{"github": github, "inputs": typed(w, inputs)}
	results, needs, conclusion := map[string]string{}, object{}, "success"
	for range w.Jobs { // in the order of needs; a circle is reported by TestFiles
		for _, id := range slices.Sorted(maps.Keys(w.Jobs)) {
			j := w.Jobs[id]
			waits := func(n *actionlint.String) bool { return results[strings.ToLower(n.Value)] == "" }
			if results[id] != "" || slices.ContainsFunc(j.Needs, waits) {
				continue
			}
			s := scope{contexts: maps.Clone(base), ok: true}
			s.contexts["needs"] = object{}
			for _, n := range ancestors(w, j) {
				s.ok = s.ok && results[n] == "success"
				s.failed = s.failed || results[n] == "failure"
				s.cancelled = s.cancelled || results[n] == "cancelled"
			}
			for _, n := range j.Needs {
				s.contexts["needs"].(object)[strings.ToLower(n.Value)] = needs[strings.ToLower(n.Value)]
			}
			outputs := object(nil)
			results[id] = "skipped"
			if s.holds(j.If, r.maybe) {
				p, undeclared := declared(j.Permissions, declared(w.Permissions, limit)).within(limit), defaulted && w.Permissions == nil && j.Permissions == nil
				if undeclared { // what the settings of a repository can give
					p = permissions{"*": "write", "id-token": "none"}
				}
				results[id], outputs = r.job(file, w, j, s, p, undeclared)
			}
			if results[id] == "failure" && on(s, j.ContinueOnError) {
				results[id] = "success"
			}
			if results[id] == "failure" || results[id] == "cancelled" {
				conclusion = results[id]
			}
			needs[id] = object{"result": results[id], "outputs": outputs}
		}
	}
	outputs := object{}
	if call, is := w.FindWorkflowCallEvent(); is {
		for name, o := range call.Outputs {
			outputs[name] = scope{contexts: object{"jobs": needs, "github": github, "inputs": inputs}}.value(o.Value)
		}
	}
	return conclusion, outputs
}

// typed are the inputs of a call as the called workflow declares them.
func typed(w *actionlint.Workflow, inputs object) object {
	call, is := w.FindWorkflowCallEvent()
	if !is {
		return inputs
	}
	inputs = maps.Clone(inputs)
	for _, in := range call.Inputs {
		id := strings.ToLower(in.ID)
		if _, given := inputs[id]; !given && in.Default != nil {
			inputs[id] = in.Default.Value
		}
		if text, is := inputs[id].(string); is && in.Type == actionlint.WorkflowCallEventInputTypeBoolean {
			inputs[id] = text == "true"
		}
	}
	return inputs
}

func (r *run) job(file string, w *actionlint.Workflow, j *actionlint.Job, s scope, p permissions, defaulted bool) (string, object) {
	id := strings.ToLower(j.ID.Value)
	if call := j.WorkflowCall; call != nil {
		inputs := object{}
		for name, input := range call.Inputs {
			inputs[name] = s.value(input.Value)
		}
		return r.workflow(strings.TrimPrefix(call.Uses.Value, "./.github/workflows/"), inputs, p, defaulted)
	}
	it := job{Job: j, label: file + ": job " + id, permissions: p, defaulted: defaulted, result: "success"}
	if j.Environment != nil {
		it.environment = s.text(j.Environment.Name)
	}
	steps, env := object{}, object{}
	s.contexts["steps"], s.contexts["env"], s.contexts["matrix"] = steps, env, unknown("")
	if j.Strategy != nil { // any of its texts
		each(j.Strategy, func(text *actionlint.String) {
			if strings.Contains(s.text(text), "hijacked") {
				s.contexts["matrix"] = wild
			}
		})
	}
	r.set(s, env, w.Env)
	r.set(s, env, j.Env)
	inherited := env
	works := slices.ContainsFunc(j.Steps, func(st *actionlint.Step) bool {
		run, is := st.Exec.(*actionlint.ExecRun)
		return is && (strings.Contains(run.Run.Value, "scripts/test") || strings.Contains(run.Run.Value, "scripts/deploy"))
	})
	s.ok, s.failed, s.cancelled = true, false, false
	for i, st := range j.Steps {
		if !s.holds(st.If, r.maybe) {
			continue
		}
		env = maps.Clone(inherited)
		s.contexts["env"] = env
		r.set(s, env, st.Env)
		out := step{Step: st, label: it.label + ", step " + stepName(st, i), with: map[string]string{}}
		tainted, failed, cancelled := false, r.outcome == earlier && !works, false
		shell := ""
		switch x := st.Exec.(type) {
		case *actionlint.ExecAction:
			out.uses = x.Uses.Value
			for name, input := range x.Inputs {
				out.with[name] = s.text(input.Value)
				tainted = tainted || strings.Contains(out.with[name], "hijacked")
			}
		case *actionlint.ExecRun:
			out.script = s.text(x.Run)
			for _, d := range []*actionlint.Defaults{w.Defaults, j.Defaults} {
				if d != nil && d.Run != nil && d.Run.Shell != nil {
					shell = d.Run.Shell.Value
				}
			}
			if x.Shell != nil {
				shell = x.Shell.Value
			}
			bad := false
			out.calls, bad = execute(r.t, shell, out.script, environ(r.spelled(env), s.contexts["github"].(object)), r.outcome == fails)
			tests := len(out.started("scripts/test")) > 0
			failed = failed || bad
			cancelled = tests && r.outcome == cancels
			tainted = strings.Contains(out.script, "hijacked")
		}
		for name, v := range env {
			if _, own := inherited[name]; !own || inherited[name] != v || strings.Contains(strings.ToLower(out.script), name) {
				tainted = tainted || strings.Contains(str(v), "hijacked")
			}
		}
		it.steps = append(it.steps, out)
		value := unknown("")
		if tainted { // it may hand on what it was given, as an output or in the environment
			value = wild
			inherited["*"] = wild
		}
		outcome := "success"
		if failed {
			outcome = "failure"
		}
		failed = failed && !on(s, st.ContinueOnError)
		if st.ID != nil {
			steps[strings.ToLower(st.ID.Value)] = object{"outcome": outcome, "outputs": value,
				"conclusion": map[bool]string{true: "failure", false: "success"}[failed]}
		}
		s.failed, s.cancelled = s.failed || failed, s.cancelled || cancelled
		s.ok = !s.failed && !s.cancelled
	}
	if s.failed {
		it.result = "failure"
	}
	if s.cancelled {
		it.result = "cancelled"
	}
	r.jobs = append(r.jobs, it)
	outputs := object{}
	for name, o := range j.Outputs {
		outputs[name] = s.value(o.Value)
	}
	return it.result, outputs
}

// set adds variables to an environment. Expressions ask for them in any case, a
// shell does not.
func (r *run) set(s scope, env object, vars *actionlint.Env) {
	if vars == nil {
		return
	}
	for name, v := range vars.Vars {
		r.spelling[name] = v.Name.Value
		env[name] = s.text(v.Value)
	}
}

func (r *run) spelled(env object) map[string]string {
	out := map[string]string{}
	for name, v := range env {
		if name != "*" {
			out[r.spelling[name]] = str(v)
		}
	}
	return out
}

// ancestors are the jobs that a job needs, and those that these need.
func ancestors(w *actionlint.Workflow, j *actionlint.Job) []string {
	var all []string
	for todo := slices.Clone(j.Needs); len(todo) > 0; todo = todo[1:] {
		id := strings.ToLower(todo[0].Value)
		if next := w.Jobs[id]; next != nil && !slices.Contains(all, id) {
			all = append(all, id)
			todo = append(todo, next.Needs...)
		}
	}
	return all
}

func on(s scope, b *actionlint.Bool) bool {
	if b == nil || b.Expression == nil {
		return b != nil && b.Value
	}
	yes, known := truth(s.value(b.Expression))
	return yes || !known
}

// each calls f for every text of a part of a workflow.
func each[T any](v any, f func(*T)) {
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() {
				return
			}
			if v.CanInterface() {
				if it, is := v.Interface().(*T); is {
					f(it)
				}
			}
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				walk(v.MapIndex(key))
			}
		}
	}
	walk(reflect.ValueOf(v))
}
