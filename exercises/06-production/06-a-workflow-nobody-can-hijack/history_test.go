package pipeline_test

import (
	"embed"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// Embedded, not opened by path: what is tested are the files that were compiled in.
//
//go:embed all:.github
var files embed.FS

const folder = ".github/workflows"

// workflows are all files beside ci.yml and deploy.yml too, by name.
var workflows = func() map[string]*actionlint.Workflow {
	all := map[string]*actionlint.Workflow{}
	entries, _ := files.ReadDir(folder)
	for _, e := range entries {
		if ext := path.Ext(e.Name()); ext == ".yml" || ext == ".yaml" {
			text, _ := files.ReadFile(folder + "/" + e.Name())
			if w, _ := actionlint.Parse(text); w != nil && complete(w) {
				all[e.Name()] = w
			}
		}
	}
	return all
}()

// complete reports whether a workflow has what it cannot be understood without.
func complete(w *actionlint.Workflow) bool {
	missing := false
	each(w, func(x *actionlint.Step) { missing = missing || x.Exec == nil })
	each(w, func(x *actionlint.ExecRun) { missing = missing || x.Run == nil })
	each(w, func(x *actionlint.ExecAction) { missing = missing || x.Uses == nil })
	each(w, func(x *actionlint.WorkflowCall) { missing = missing || x.Uses == nil })
	return !missing
}

func nameOf(file string) string {
	if name := workflows[file].Name; name != nil && name.Value != "" {
		return name.Value
	}
	return folder + "/" + file
}

// triggers reports whether the workflow starts, and whether only for some files.
func (w world) triggers(wf *actionlint.Workflow) (starts, sometimes bool) {
	for _, on := range wf.On {
		if on.EventName() != w.event {
			continue
		}
		e, is := on.(*actionlint.WebhookEvent)
		if !is {
			return true, false
		}
		types := e.Types
		if len(types) == 0 && strings.HasPrefix(w.event, "pull_request") && w.action == "closed" {
			continue
		}
		listed := func(s *actionlint.String) bool { return s.Value == w.action }
		if w.action != "" && w.action != "*" && len(types) > 0 && !slices.ContainsFunc(types, listed) {
			continue
		}
		source := func(s *actionlint.String) bool { return s.Value == w.upstream }
		if w.event == "workflow_run" && !slices.ContainsFunc(e.Workflows, source) {
			continue
		}
		if !w.matches(e) {
			continue
		}
		return true, !e.Paths.IsEmpty() || !e.PathsIgnore.IsEmpty()
	}
	return false, false
}

func (w world) matches(e *actionlint.WebhookEvent) bool {
	ref, only, never, rest := w.branch, e.Branches, e.BranchesIgnore, [...]*actionlint.WebhookEventFilter{e.Tags, e.TagsIgnore}
	if w.tag != "" {
		ref, only, never, rest = w.tag, e.Tags, e.TagsIgnore, [...]*actionlint.WebhookEventFilter{e.Branches, e.BranchesIgnore}
	}
	switch {
	case !only.IsEmpty():
		return anyGlob(only.Values, ref)
	case !never.IsEmpty():
		return !anyGlob(never.Values, ref)
	}
	return w.event != "push" || rest[0].IsEmpty() && rest[1].IsEmpty()
}

func anyGlob(patterns []*actionlint.String, ref string) bool {
	matched := false
	for _, p := range patterns {
		pattern, not := strings.CutPrefix(p.Value, "!")
		if glob(pattern).MatchString(ref) {
			matched = !not
		}
	}
	return matched
}

// glob is a pattern of `branches` or `tags`.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.MustCompile(`\*\*|\*|[?+]|\[[^\]]*\]|[^*?+\[]+`).ReplaceAllStringFunc(pattern, func(part string) string {
		switch {
		case part == "**":
			return ".*"
		case part == "*":
			return "[^/]*"
		case strings.ContainsAny(part[:1], "?+["):
			return part
		}
		last := part[len(part)-1:] // what a following ? or + is about
		return regexp.QuoteMeta(strings.TrimSuffix(part, last)) + "(?:" + regexp.QuoteMeta(last) + ")"
	})
	return regexp.MustCompile("^" + quoted + "$")
}

// A past is what one world led to: the runs that it started, and those that
// these started in turn.
type past struct {
	world   world
	outcome string
	jobs    []job
	passed  bool   // the tests ran for this commit, and all of them passed
	ended   string // the conclusion of the run in which the tests were
}

// starts reports whether a job started the script.
func (p past) starts(script string) bool {
	return slices.ContainsFunc(p.jobs, func(j job) bool { return j.starts(script) })
}

// histories runs the workflows in every world, with every outcome.
func histories(t *testing.T, maybe bool) []past {
	all := worlds()
	known := map[string]bool{"workflow_call": true, "workflow_run": true}
	for _, w := range all {
		known[w.event] = true
	}
	for _, wf := range workflows {
		for _, e := range wf.On {
			if !known[e.EventName()] {
				known[e.EventName()] = true
				all = append(all, other(e.EventName()))
			}
		}
	}
	var out []past
	for _, w := range all {
		for _, outcome := range []string{passes, fails, cancels, earlier} {
			out = append(out, follow(t, w, outcome, maybe, false, 0)...)
		}
	}
	return out
}

func follow(t *testing.T, w world, outcome string, maybe, passed bool, depth int) []past {
	var out []past
	for _, file := range slices.Sorted(maps.Keys(workflows)) {
		wf := workflows[file]
		starts, sometimes := w.triggers(wf)
		if !starts || sometimes && !maybe || depth > 3 {
			continue
		}
		r := &run{t: t, world: w, outcome: outcome, maybe: maybe, spelling: map[string]string{}}
		inputs := object{}
		if w.event == "workflow_dispatch" {
			inputs["*"] = unknown("")
		}
		conclusion, _ := r.workflow(file, inputs, permissions{"*": "write"}, true)
		p := past{world: w, outcome: outcome, jobs: r.jobs, passed: passed}
		for _, j := range r.jobs {
			if j.starts("scripts/test") {
				p.ended = conclusion
				p.passed = p.passed || j.result == "success" && (outcome == passes || outcome == earlier)
			}
		}
		out = append(out, p)
		branch := w.branch
		branches := []string{branch}
		if pr := field(w.github["event"], "pull_request"); pr != nil { // the head's, which may be called anything
			branches = []string{title, "main"}
		}
		for _, branch := range branches {
			out = append(out, follow(t, w.after(nameOf(file), conclusion, branch), outcome, maybe, p.passed && conclusion == "success", depth+1)...)
			out = append(out, follow(t, w.after(nameOf(file), "", branch), outcome, maybe, false, depth+1)...)
		}
	}
	return out
}
