//go:build linux

// Command shop is the process that the scripts look at and end. It opens what
// its flags say, prints READY and what it has as JSON, and waits for SIGTERM.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// held keeps everything open: the garbage collector closes what nobody refers to.
var held []any

type report struct {
	Ports []int // listening
	Child int   // PID
}

func main() {
	low := flag.Bool("low", false, "listen on a port below 10000")
	high := flag.Bool("high", false, "listen on a port that the system chooses")
	both := flag.Bool("both", false, "listen on the first port at a second address")
	v6 := flag.Bool("v6", false, "listen on IPv6")
	dial := flag.String("dial", "", "connect to this address")
	fds := flag.Int("fds", 0, "open files until so many descriptors are open")
	deleted := flag.String("deleted", "", "sizes of deleted files, the first is open twice")
	named := flag.Bool("named", false, "hold files that have a name and look deleted")
	threads := flag.Int("threads", 0, "have so many more threads")
	zombies := flag.Int("zombies", 0, "leave so many children unwaited for")
	memory := flag.Bool("memory", false, "hold 24 MiB, after 64 MiB more for a moment")
	nofile := flag.Int("nofile", 0, "soft limit for open files")
	term := flag.String("term", "end", "on SIGTERM: end, finish (its work, which takes a moment) or ignore")
	child := flag.String("child", "", "start a child: sleep, or end (on SIGTERM)")
	flag.Parse()
	if flag.Arg(0) == "exit" {
		return
	}
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, syscall.SIGTERM)

	r := report{Ports: []int{}}
	listen := func(addr string) bool {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			held = append(held, l)
			r.Ports = append(r.Ports, l.Addr().(*net.TCPAddr).Port)
		}
		return err == nil
	}
	for *low && !listen(fmt.Sprintf("127.0.0.1:%d", 2000+rand.IntN(8000))) {
	}
	if *high {
		listen("127.0.0.1:0")
	}
	if *both {
		listen(fmt.Sprintf("127.0.0.2:%d", r.Ports[0]))
	}
	if *v6 && !listen("[::1]:0") {
		listen(":0") // a machine without IPv6
	}
	if *dial != "" {
		held = append(held, must(net.Dial("tcp", *dial)))
	}
	for i, size := range strings.FieldsFunc(*deleted, func(c rune) bool { return c == ',' }) {
		const name = "cache" // one after the other, each deleted
		file(name, must(strconv.Atoi(size)))
		if i == 0 {
			held = append(held, must(os.Open(name)))
		}
		check(os.Remove(name))
	}
	if *named {
		file("report (deleted)", 5000)
		file("old name", 7000)
		check(os.Link("old name", "new name"))
		check(os.Remove("old name"))
	}
	var started sync.WaitGroup
	for range *threads {
		started.Add(1)
		go func() { runtime.LockOSThread(); started.Done(); select {} }()
	}
	started.Wait()
	for range *zombies {
		zombie()
	}
	if *child == "sleep" {
		cmd := exec.Command("sleep", "1000")
		check(cmd.Start())
		held, r.Child = append(held, cmd), cmd.Process.Pid
	} else if *child != "" {
		cmd := exec.Command(awkward(), "-term="+*child)
		out := must(cmd.StdoutPipe())
		check(cmd.Start())
		must(bufio.NewReader(out).ReadString('\n'))
		held, r.Child = append(held, cmd, out), cmd.Process.Pid
	}
	if *memory {
		held = append(held, touched(24<<20))
		check(syscall.Munmap(touched(64 << 20)))
	}
	if *nofile > 0 {
		check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(*nofile), Max: uint64(*nofile) + 50}))
	}
	for open() < *fds {
		must(syscall.Open("/dev/null", syscall.O_RDONLY, 0))
	}
	fmt.Printf("READY %s\n", must(json.Marshal(r)))

	for range signals {
		fmt.Println("TERM")
		if *term != "ignore" {
			break
		}
	}
	if *term == "finish" {
		time.Sleep(1500 * time.Millisecond) // the work: only a script that is too impatient notices how long it takes
	}
	check(os.WriteFile("finished", nil, 0o644))
	for _, h := range held { // leave no zombies to others
		if cmd, ok := h.(*exec.Cmd); ok {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
}

// awkward is this program, by a name that does not fit into what fields and lines are made of.
func awkward() string {
	name := must(filepath.Abs("job) S (1\nZ 9 (2"))
	_ = os.Symlink(must(os.Executable()), name) // it may be there
	return name
}

// zombie starts a child with an awkward name, and returns when it has ended.
func zombie() {
	cmd := exec.Command(awkward(), "exit")
	check(cmd.Start())
	held = append(held, cmd)
	var info [128]byte
	const pPID, wExited, wNoWait = 1, 4, 0x1000000
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pPID, uintptr(cmd.Process.Pid),
			uintptr(unsafe.Pointer(&info)), wExited|wNoWait, 0, 0)
		if errno != syscall.EINTR {
			break
		}
	}
}

func file(name string, size int) {
	f := must(os.Create(name))
	check(f.Truncate(int64(size)))
	held = append(held, f)
}

func touched(size int) []byte {
	b := must(syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE))
	for i := 0; i < size; i += 4096 {
		b[i] = 1
	}
	return b
}

// open is the number of descriptors, without the one that the count needs.
func open() int { return len(must(os.ReadDir("/proc/self/fd"))) - 1 }

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
