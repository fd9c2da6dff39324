package pipeline_test

import "maps"

// What is written by somebody whom nobody knows. All of it contains "hijacked".
const (
	title  = `Fix "rounding" in it's totals'; ./scripts/hijacked; "; ./scripts/hijacked; $(./scripts/hijacked) #`
	branch = `fix";./scripts/hijacked;'$(./scripts/hijacked)`
	wild   = unknown(`hijacked`)
)

// Commits, and a fork of the repository.
const (
	shop, fork = "shop/shop", "mallory/shop"
	pushed     = "1111111111111111111111111111111111111111"
	merged     = "2222222222222222222222222222222222222222" // a pull request's merge with main
	strange    = "3333333333333333333333333333333333333333" // a pull request's head
	latest     = "4444444444444444444444444444444444444444" // main, by the time a second workflow starts
)

type object = map[string]any

// A world is something that happens to the repository.
type world struct {
	name     string // as a message says it
	event    string
	action   string // the activity type
	branch   string // what `branches` compares; "" for a tag
	tag      string
	upstream string // for workflow_run: the name of the other workflow
	github   object
	released bool   // reviewed code on main: it may be deployed
	base     bool   // a stranger's doing, handled with the rights of the base
	commit   string // what was pushed
}

func (w world) is(other world) bool {
	return w.name == other.name && w.event == other.event && w.action == other.action
}

func (w world) context() object {
	g := object{"event_name": w.event, "repository": shop, "repository_owner": "shop", "token": unknown(""), "actor": "somebody",
		"ref": "refs/heads/main", "ref_name": "main", "ref_type": "branch", "sha": w.commit, "base_ref": "", "head_ref": ""}
	maps.Copy(g, w.github)
	if event, is := g["event"].(object); is {
		event["repository"] = object{"full_name": shop, "name": "shop", "default_branch": "main", "fork": false, "owner": object{"login": "shop"}}
		event["action"] = w.action
	}
	return g
}

func person() object { return object{"name": title, "email": title, "login": "somebody"} }

func commit(sha string) object {
	return object{"id": sha, "sha": sha, "message": title, "author": person(), "committer": person()}
}

func pullRequest(event, action, from string, isMerged bool) world {
	repo := object{"full_name": from, "fork": from == fork, "default_branch": branch, "description": title, "name": "shop",
		"clone_url": "https://github.com/" + from, "owner": object{"login": from[:len(from)-5]}}
	w := world{name: "a pull request from " + from, event: event, action: action, branch: "main", commit: merged, base: event != "pull_request"}
	w.github = object{"ref": "refs/pull/7/merge", "ref_name": "7/merge", "head_ref": branch, "base_ref": "main",
		"event": object{"number": 7.0, "pull_request": object{
			"number": 7.0, "title": title, "body": title, "draft": false, "merged": isMerged, "merge_commit_sha": merged,
			"author_association": "NONE", "user": object{"login": "mallory"}, "labels": []any{object{"name": title}},
			"head": object{"ref": branch, "label": branch, "sha": strange, "repo": repo, "user": object{"login": "mallory"}},
			"base": object{"ref": "main", "sha": pushed, "label": "shop:main", "repo": object{"full_name": shop, "fork": false}}}}}
	if isMerged {
		w.name = "a merged pull request from " + from
	}
	if w.base {
		w.name, w.commit = w.name+" (pull_request_target)", pushed
		w.github["ref"], w.github["ref_name"] = "refs/heads/main", "main"
	}
	return w
}

func push(branch, tag string) world {
	w := world{name: "a push to " + branch, event: "push", branch: branch, tag: tag, commit: pushed, released: branch == "main" && tag == ""}
	w.github = object{"ref": "refs/heads/" + branch, "ref_name": branch,
		"event": object{"ref": "refs/heads/" + branch, "after": pushed, "head_commit": commit(pushed), "commits": []any{commit(pushed)}, "pusher": person()}}
	if tag != "" {
		w.name = "a push of the tag " + tag
		w.github["ref"], w.github["ref_name"], w.github["ref_type"] = "refs/tags/"+tag, tag, "tag"
	}
	return w
}

func dispatch(branch string) world {
	w := push(branch, "")
	w.event, w.name = "workflow_dispatch", "a start by hand on "+branch
	w.github["event"] = object{"ref": "refs/heads/" + branch, "inputs": unknown("")}
	return w
}

func worlds() []world {
	const menu = "main-menu" + branch
	all := []world{push("main", ""), push(menu, ""), push("feature/main", ""), push("", "v1.4.0"), push("", "main"), dispatch("main"), dispatch(menu),
		{name: "a schedule", event: "schedule", branch: "main", commit: pushed, github: object{"event": object{}}},
		{name: "a merge queue", event: "merge_group", action: "checks_requested", branch: "main", commit: merged, github: object{
			"ref": "refs/heads/gh-readonly-queue/main/pr-7", "ref_name": "gh-readonly-queue/main/pr-7",
			"event": object{"merge_group": object{"head_ref": "refs/heads/gh-readonly-queue/main/pr-7", "head_commit": commit(merged)}}}}}
	for _, event := range []string{"pull_request", "pull_request_target"} {
		for _, from := range []string{fork, shop} {
			all = append(all, pullRequest(event, "opened", from, false), pullRequest(event, "synchronize", from, false),
				pullRequest(event, "closed", from, true))
		}
	}
	return all
}

// other is an event about which nothing is known, except that anybody can cause it.
func other(event string) world {
	return world{name: "an event " + event, event: event, action: "*", branch: "main", commit: pushed, base: true, github: object{"event": wild}}
}

// after is what happens when a run has begun, or has ended with a conclusion.
func (w world) after(workflow, conclusion, headBranch string) world {
	repo, sha := shop, w.commit
	if pr, is := field(w.github["event"], "pull_request").(object); is {
		repo, sha = str(field(field(pr["head"], "repo"), "full_name")), strange
	}
	run := object{"id": 99.0, "name": workflow, "event": w.event, "head_branch": headBranch, "head_sha": sha, "status": "completed",
		"conclusion": conclusion, "display_title": title, "head_commit": commit(sha), "actor": person(),
		"head_repository": object{"full_name": repo, "fork": repo == fork, "description": title, "owner": object{"login": repo[:len(repo)-5]}},
		"repository":      object{"full_name": shop, "fork": false}, "pull_requests": []any{}}
	next := world{event: "workflow_run", action: "completed", branch: headBranch, upstream: workflow, commit: latest,
		released: w.released, base: repo == fork, name: w.name + ", then workflow_run after " + conclusion}
	if conclusion == "" {
		next.action, run["conclusion"], run["status"] = "requested", nil, "queued"
		next.name = w.name + ", then workflow_run before the end"
	}
	next.github = object{"event": object{"workflow_run": run, "workflow": object{"name": workflow}}}
	return next
}
