package pgserver

// settings holds for every server that we start. Durability is given up for speed; autovacuum,
// JIT and parallel plans are off so that plans and counts are the same from run to run; the
// half-hour time zone finds code that confuses local time with UTC. synchronous_commit stays on:
// without it VACUUM cannot mark fresh pages all-visible, and index-only scans look broken.
var settings = []string{
	"fsync=off",
	"full_page_writes=off",
	"synchronous_commit=on",
	"autovacuum=off",
	"jit=off",
	"max_parallel_workers_per_gather=0",
	"random_page_cost=1.1",
	"deadlock_timeout=20ms",
	"max_connections=100",
	"log_min_messages=fatal",
	"timezone=Asia/Kolkata",
	"restart_after_crash=off",
}

// settingArgs is settings, and more, as arguments of the postgres command.
func settingArgs(more ...string) []string {
	var args []string
	for _, s := range append(settings[:len(settings):len(settings)], more...) {
		args = append(args, "-c", s)
	}
	return args
}

// locales to try, best first: C.UTF-8 sorts by code point and knows letters beyond ASCII, but
// not every system has it.
var locales = []string{"C.UTF-8", "C"}
