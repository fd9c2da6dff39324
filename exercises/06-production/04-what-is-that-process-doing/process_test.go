//go:build linux

package process_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
	"workbook/exercises/internal/seed"
)

func joined(ports ...int) string {
	slices.Sort(ports)
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ports), " ", ","), "[]")
}

func TestWhatsup(t *testing.T) {
	program := proc.Build(t, "./testdata/shop")
	other := start(t, program, proc.Args("-high")) // always there, listening

	t.Run("has_exactly_the_documented_form", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-low", "-high"))
		p := run(t, whatsup, s.pid())
		assert.Zero(t, ended(t, p, "whatsup.sh of a running process"), "a running process: status 0")
		assert.Regexp(t, `^ports \S+\nfds \d+\ndeleted_bytes \d+\nthreads \d+\nzombies \d+\nrss_kb \d+\nopen_files_limit \w+\nenv \S+\n$`,
			p.Stdout(), "eight lines of a name and a value, in this order")
		assert.Empty(t, p.Stderr(), "a running process: nothing on stderr")
	})

	t.Run("of_a_process_that_has_nothing", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, func(cmd *exec.Cmd) { cmd.Env = []string{} })
		got := values(t, s.pid())
		assert.Equal(t, "-", got["ports"], "it listens nowhere")
		assert.Equal(t, "0", got["deleted_bytes"], "it holds no deleted files")
		assert.Equal(t, "0", got["zombies"], "it has no children")
		assert.Equal(t, "-", got["env"], "its environment is empty")
	})

	t.Run("ports_of_this_process_alone", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-low"))
		assert.Equal(t, joined(s.Ports...), value(t, s.pid(), "ports"), "it listens on one port, another process on %v", other.Ports)
	})

	t.Run("ports_in_ascending_order", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-high", "-low"))
		assert.Equal(t, joined(s.Ports...), value(t, s.pid(), "ports"), "it listens on two ports, %v", s.Ports)
	})

	t.Run("ports_of_IPv6", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-v6"))
		assert.Equal(t, joined(s.Ports...), value(t, s.pid(), "ports"), "it listens on [::1]:%v", s.Ports)
	})

	t.Run("ports_are_no_connections", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-low", "-dial", fmt.Sprintf("127.0.0.1:%d", other.Ports[0])))
		assert.Equal(t, joined(s.Ports...), value(t, s.pid(), "ports"),
			"it listens on one port, and has a connection to port %d of another process", other.Ports[0])
	})

	t.Run("ports_each_once", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-low", "-both"))
		assert.Equal(t, joined(s.Ports[0]), value(t, s.pid(), "ports"), "it listens on one port at two addresses")
	})

	t.Run("fds_of_this_process", func(t *testing.T) {
		t.Parallel()
		n := 30 + seed.New(t).IntN(30)
		s := start(t, program, proc.Args("-fds", strconv.Itoa(n)))
		assert.Equal(t, strconv.Itoa(n), value(t, s.pid(), "fds"), "it has %d descriptors open", n)
	})

	t.Run("deleted_files_each_once", func(t *testing.T) {
		t.Parallel()
		r := seed.New(t)
		a, b := 10_001+r.IntN(100_000), 200_001+r.IntN(100_000)
		s := start(t, program, proc.Args("-deleted", fmt.Sprintf("%d,%d", a, b)))
		assert.Equal(t, strconv.Itoa(a+b), value(t, s.pid(), "deleted_bytes"),
			"two deleted files, of %d and %d bytes, which had the same name one after the other; it has the first one open twice", a, b)
	})

	t.Run("deleted_files_of_the_same_size", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-deleted", "4321,4321"))
		assert.Equal(t, "8642", value(t, s.pid(), "deleted_bytes"), "two deleted files, of 4321 bytes each; it has the first one open twice")
	})

	t.Run("deleted_files_have_no_name_left", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-named"))
		assert.Equal(t, "0", value(t, s.pid(), "deleted_bytes"),
			`it has two files open: one is there, named "report (deleted)"; one was deleted as "old name" and still has "new name"`)
	})

	t.Run("threads", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-threads", strconv.Itoa(10+seed.New(t).IntN(20))))
		number := func(text string) int { n, _ := strconv.Atoi(text); return n }
		before := number(field(t, s.PID(), "Threads"))
		got := number(value(t, s.pid(), "threads"))
		after := number(field(t, s.PID(), "Threads"))
		assert.True(t, before <= got && got <= after, "threads %d; it had %d before whatsup.sh ran, and %d after that", got, before, after)
	})

	t.Run("zombies_among_its_own_children", func(t *testing.T) {
		t.Parallel()
		n := 2 + seed.New(t).IntN(3)
		s, other := start(t, program, proc.Args("-zombies", strconv.Itoa(n), "-child=sleep")), start(t, program, proc.Args("-zombies=1"))
		assert.Equal(t, strconv.Itoa(n), value(t, s.pid(), "zombies"),
			`%d children named "job) S (1\nZ 9 (2" have ended, one child runs; process %d has 1 zombie`, n, other.PID())
	})

	t.Run("resident_memory", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-memory"))
		got, err := strconv.Atoi(value(t, s.pid(), "rss_kb"))
		require.NoError(t, err)
		want, err := strconv.Atoi(field(t, s.PID(), "VmRSS"))
		require.NoError(t, err)
		assert.InEpsilon(t, want, got, 0.1, "KiB; it holds 24 MiB, once held 64 MiB more, and has mapped much that it never used")
	})

	t.Run("open_files_limit_is_the_soft_one", func(t *testing.T) {
		t.Parallel()
		n := 200 + seed.New(t).IntN(300)
		s := start(t, program, proc.Args("-nofile", strconv.Itoa(n)))
		assert.Equal(t, strconv.Itoa(n), value(t, s.pid(), "open_files_limit"), "soft limit %d, hard limit %d", n, n+50)
	})

	t.Run("of_no_process_ends_with_3", func(t *testing.T) {
		t.Parallel()
		nothingThere(t, program, whatsup)
	})

	t.Run("refuses_wrong_arguments", func(t *testing.T) {
		t.Parallel()
		refused(t, whatsup, []string{}, []string{"self"}, []string{"0"}, []string{"1x"}, []string{"1+1"}, []string{"0x10"}, []string{""})
	})

	t.Run("env_has_names_and_no_values", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, func(cmd *exec.Cmd) {
			cmd.Env = []string{"b=1", "SHOP_KEY=line one\nCANARY=line=two", "A_URL=postgres://u:p=x@db/shop", "EMPTY="}
		})
		assert.Equal(t, "A_URL,EMPTY,SHOP_KEY,b", value(t, s.pid(), "env"), `the value of SHOP_KEY is "line one\nCANARY=line=two"`)
	})
}

// nothingThere runs a script for processes that have ended.
func nothingThere(t *testing.T, program *proc.Program, script []byte, more ...string) {
	s := start(t, program, proc.Args("-child=end"))
	require.NoError(t, syscall.Kill(s.Child, syscall.SIGKILL))
	require.Eventually(t, func() bool { return gone(t, s.Child) }, bounds[0], 5*time.Millisecond)
	for story, pid := range map[string]string{"no process has this PID": neverPID, "only a zombie is left": strconv.Itoa(s.Child)} {
		p := run(t, script, append([]string{pid}, more...)...)
		assert.Equal(t, 3, ended(t, p, story), "%s: status 3", story)
		assert.Empty(t, p.Stdout(), "%s: nothing on stdout", story)
		assert.Empty(t, p.Stderr(), "%s: nothing on stderr", story)
	}
}

// refused runs a script with arguments that are wrong.
func refused(t *testing.T, script []byte, lists ...[]string) {
	for _, args := range lists {
		p := run(t, script, args...)
		story := fmt.Sprintf("arguments %q", args)
		assert.Equal(t, 2, ended(t, p, story), "%s: status 2", story)
		assert.Empty(t, p.Stdout(), "%s: nothing on stdout", story)
		assert.NotEmpty(t, p.Stderr(), "%s: stderr has the reason", story)
	}
}

func TestStop(t *testing.T) {
	program := proc.Build(t, "./testdata/shop")

	t.Run("of_no_process_ends_with_3", func(t *testing.T) {
		t.Parallel()
		nothingThere(t, program, stop, "1")
	})

	t.Run("refuses_wrong_arguments", func(t *testing.T) {
		t.Parallel()
		s := start(t, program)
		refused(t, stop, []string{}, []string{s.pid()}, []string{"shop", "1"}, []string{"0", "1"}, []string{"-" + s.pid(), "1"},
			[]string{s.pid(), "soon"}, []string{s.pid(), "1.5"}, []string{s.pid(), "1+1"}, []string{s.pid(), "0"})
		assert.True(t, s.Running(), "wrong arguments: no signal is sent")
		assert.Zero(t, s.terms(), "wrong arguments: no signal is sent")
	})

	t.Run("lets_the_process_finish_its_work", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-term=finish"))
		p := run(t, stop, s.pid(), "3600")
		assert.Zero(t, ended(t, p, "SECONDS is 3600; the process ends 1.5 seconds after SIGTERM"), "it ended after SIGTERM: status 0")
		assert.True(t, s.finished(), "SECONDS is 3600, its work after SIGTERM takes 1.5 seconds: it gets the time to finish")
	})

	t.Run("kills_one_that_ignores_SIGTERM", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-term=ignore"))
		p := run(t, stop, s.pid(), "1")
		assert.Equal(t, 1, ended(t, p, "SECONDS is 1, the process ignores SIGTERM"), "it needed SIGKILL: status 1")
		assert.True(t, gone(t, s.PID()), "when stop.sh returns the process has ended")
	})

	t.Run("sends_SIGTERM_once", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-term=ignore"))
		ended(t, run(t, stop, s.pid(), "2"), "SECONDS is 2, the process ignores SIGTERM")
		s.Signal(syscall.SIGKILL)
		s.Wait("after SIGKILL it has ended")
		assert.LessOrEqual(t, s.terms(), 1, "it counted how often SIGTERM came within 2 seconds")
	})

	t.Run("sees_that_a_zombie_has_ended", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-child=end"))
		p := run(t, stop, strconv.Itoa(s.Child), "3600")
		assert.Zero(t, ended(t, p, "SECONDS is 3600; the process is named \"job) S (1\\nZ 9 (2\"; it ended after SIGTERM, and its parent does not wait for it"), "it ended after SIGTERM: status 0")
	})

	t.Run("signals_the_process_alone", func(t *testing.T) {
		t.Parallel()
		s := start(t, program, proc.Args("-term=ignore", "-child=sleep"))
		ended(t, run(t, stop, s.pid(), "1"), "SECONDS is 1, the process ignores SIGTERM")
		assert.False(t, gone(t, s.Child), "its child, of the same process group, gets no signal")
	})
}
