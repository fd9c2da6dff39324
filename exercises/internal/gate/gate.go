// Package gate forces calls that run at once to take their steps together.
package gate

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/pgtrace"
)

// A Gate makes calls that run at once take their steps together. That forces
// the interleaving in which calls that do not guard against each other go
// wrong, in every run, without a change to their code.
//
// While [Gate.Run] runs its calls, each connection that carries the gate is
// held after every statement that touches one of the gate's tables, until no
// call can go on: each of the others is held too, is blocked in the database
// (so it waits for a lock, as it should), or has returned. Then all that are
// held go on, and meet again after their next statement. Outside Run a gate
// holds nobody.
//
// A call can also wait outside the database: for a mutex, for a connection of
// a pool that is too small, or between two tries. The gate takes a call for
// waiting when many polls in a row find no statement and no connection under
// way, the database at work on nothing, and no goroutine of the process that
// wants to run (see judge). That costs the program about 0.1 s for each step. A
// call that keeps sending statements without touching a table is let be after
// maxIdleTrips of them.
//
// What the gate cannot see: bytes on their way between two sockets of this
// process, as of an HTTP client and its server; the polls are the time that
// they have. And which call a connection works for: calls are counted, so one
// that sends statements from several goroutines at once can make two arrivals.
type Gate struct {
	t       testing.TB
	db      *dbtest.DB
	touches func(sql string) bool
	meets   int // after so many meetings the gate stays open; 0: never

	mu       sync.Mutex
	live     int             // calls of Run that have not returned
	held     int             // connections at the gate
	meetings int             // of this Run
	holding  map[string]bool // the goroutines that are held
	wary     map[string]bool // those of them that were let go for stillness
	meeting  chan struct{}   // closed when those who are held may go on; nil outside Run
	change   int             // grows with every arrival, departure and return
	life     int             // grows with every sign of life
	under    int             // statements and connects under way
	idle     int             // trips since the last change that touched no table
	woken    chan struct{}   // tells the watcher that something changed
	story    []scene         // what the calls of the last Run did, in order
	letters  map[*pgx.Conn]string
}

// maxIdleTrips is how many statements that touch none of the tables a call may
// send while another one is held.
const maxIdleTrips = 50

// hangLimit is how long the calls of one Run may take. It is no part of any
// verdict about order: it only ends the test of a program that hangs.
var hangLimit = 20 * time.Second

// New makes a gate, at which calls that run at once take their steps together:
// after each statement that touches one of the tables, or any statement when none
// is named. A statement touches a table when it names it, or a view or a function
// of the database that leads to it.
//
//kit:proves that calls which run at once do not harm each other
func New(t testing.TB, db *dbtest.DB, tables ...string) *Gate {
	t.Helper()
	g := &Gate{t: t, db: db, touches: func(sql string) bool { return !pgtrace.IsControl(sql) }, woken: make(chan struct{}, 1)}
	if len(tables) > 0 {
		names := leadingTo(db, tables)
		g.touches = func(sql string) bool { return pgtrace.Mentions(sql, names) }
	}
	return g
}

// Once makes the gate stay open after the first meeting.
func (g *Gate) Once() *Gate {
	g.meets = 1
	return g
}

// Run calls all functions at once, each in a goroutine of its own, and returns
// their errors in the same order when all have returned. A panic becomes an
// error. The context ends when the calls hang; then the test fails.
func (g *Gate) Run(calls ...func(context.Context) error) []error {
	g.t.Helper()
	hangLimit := patience.Of(hangLimit)
	ctx, cancel := context.WithTimeout(context.Background(), hangLimit)
	defer cancel()
	errs := make([]error, len(calls))
	returned := make([]chan struct{}, len(calls))
	g.begin(len(calls))
	stop := g.watch()
	for i, call := range calls {
		returned[i] = make(chan struct{})
		go func() {
			defer close(returned[i])
			defer g.leave()
			errs[i] = guarded(ctx, call)
		}()
	}
	hung := awaitAll(ctx, returned)
	watchErr := stop()
	g.stayOpen()
	if len(hung) > 0 {
		patience.Lost()
		g.t.Fatalf("of %d calls that ran at once, number %s had not returned after %v.%s",
			len(calls), strings.Join(hung, " and "), hangLimit, g.Story())
	}
	if watchErr != nil {
		g.t.Fatalf("%s watch for blocked calls: %v", dbtest.NoDatabase, watchErr)
	}
	return errs
}

// awaitAll waits for all calls and returns the numbers of those that hang.
// When the context has ended, calls get a moment to notice it; those that only
// waited for another one are back then.
func awaitAll(ctx context.Context, returned []chan struct{}) []string {
	late := missing(ctx.Done(), returned)
	if len(late) == 0 {
		return nil
	}
	moment, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if hung := missing(moment.Done(), returned); len(hung) > 0 {
		return hung
	}
	return late
}

// missing waits for all calls until the end, and returns the numbers of those that are not back.
func missing(end <-chan struct{}, returned []chan struct{}) (numbers []string) {
	for i, done := range returned {
		select {
		case <-done:
			continue
		default:
		}
		select {
		case <-done:
		case <-end:
			numbers = append(numbers, strconv.Itoa(i+1))
		}
	}
	return numbers
}

func guarded(ctx context.Context, call func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call(ctx)
}

func (g *Gate) begin(calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.meeting != nil {
		panic("gate: two Runs of one Gate at the same time")
	}
	g.live, g.held, g.meetings, g.idle = calls, 0, 0, 0
	g.holding, g.wary = map[string]bool{}, nil
	g.meeting = make(chan struct{})
	g.story, g.letters = nil, map[*pgx.Conn]string{}
}

// leave counts a call that has returned.
func (g *Gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live--
	g.changed()
}

func (g *Gate) stayOpen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.meeting != nil {
		close(g.meeting)
		g.meeting = nil
	}
}

// changed notes an arrival, a departure or a return, and opens the gate when
// nobody is left to wait for.
func (g *Gate) changed() {
	g.change++
	g.idle = 0
	g.openWhen(g.held)
	select {
	case g.woken <- struct{}{}:
	default:
	}
}

// openWhen lets everybody go on when the given number of calls that cannot go on is all there are.
func (g *Gate) openWhen(stuck int) {
	if g.meeting == nil || g.held == 0 || stuck < g.live {
		return
	}
	g.meetings++
	g.wary = nil
	g.open()
}

// openForStillness lets those who are held go on although others have not
// come. What they do next may well set the others free, who were waiting for
// it. So the gate is wary of them from then on: it holds each of them before
// its next statement too, until it is clear whether somebody comes.
func (g *Gate) openForStillness() {
	if g.meeting == nil || g.held == 0 {
		return
	}
	g.wary = g.holding
	g.open()
}

func (g *Gate) open() {
	close(g.meeting)
	g.meeting, g.held, g.holding = make(chan struct{}), 0, map[string]bool{}
	g.change++
	if g.meets > 0 && g.meetings >= g.meets {
		close(g.meeting)
		g.meeting = nil
	}
}

// Start holds a connection that the gate is wary of.
func (g *Gate) Start(ctx context.Context, _ *pgx.Conn, t *pgtrace.Trip) {
	g.mu.Lock()
	g.life++
	if me := goroutine(); g.wary[me] && g.meeting != nil && g.touched(t) {
		delete(g.wary, me)
		g.hold(ctx)
		g.mu.Lock()
	}
	g.under++
	g.mu.Unlock()
}

// End holds a connection whose statement touched a table.
func (g *Gate) End(ctx context.Context, conn *pgx.Conn, t *pgtrace.Trip, err error) {
	g.mu.Lock()
	g.life++
	g.under--
	if g.letters != nil {
		g.tell(conn, t, err)
	}
	if g.meeting == nil || !g.touched(t) {
		g.idle++
		g.mu.Unlock()
		return
	}
	g.hold(ctx)
}

// hold holds a connection until the gate opens, or until its context ends. It
// unlocks the gate.
func (g *Gate) hold(ctx context.Context) {
	meeting := g.meeting
	g.held++
	g.holding[goroutine()] = true
	g.changed()
	g.mu.Unlock()
	select {
	case <-meeting:
	case <-ctx.Done():
		g.giveUp(meeting)
	}
}

func (g *Gate) touched(t *pgtrace.Trip) bool {
	for _, s := range t.Statements {
		if g.touches(s.SQL) {
			return true
		}
	}
	return false
}

// giveUp takes back the arrival of a connection whose context has ended.
func (g *Gate) giveUp(meeting chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.meeting == meeting {
		g.held--
		delete(g.holding, goroutine())
		g.changed()
	}
}

// Connecting counts a connection under way.
func (g *Gate) Connecting(begun bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.life++
	if begun {
		g.under++
	} else {
		g.under--
	}
}

// goroutine names the goroutine that calls it. Go hides this on purpose; here
// it only serves to recognise who was held a moment ago, and a connection will
// not do: code gets another one from its pool for each statement.
func goroutine() string {
	var buf [64]byte
	name, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), " [")
	return name
}
