package proc

import (
	"net"
	"time"
)

// Listens returns when somebody answers at the address, host:port. A program
// that ends first, or never listens, breaks the promise and fails the test.
func (s *Process) Listens(promise, addr string) {
	s.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		running := s.Running()
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = conn.Close()
			return
		}
		switch {
		case !running:
			s.t.Fatalf("%s; it has ended (%v), and nobody listens there.%s", promise, s.exit, s.said())
		case time.Now().After(end):
			s.t.Fatalf("%s; nobody listens there after %v.%s", promise, limit, s.said())
		}
	}
}

// Refuses returns when connections to the address are refused: nobody listens
// there any more. It fails the test, with the promise, when they never are.
func (s *Process) Refuses(promise, addr string) {
	s.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		switch {
		case err == nil:
			_ = conn.Close()
		case refused(err):
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s; it still takes connections %v later.%s", promise, limit, s.said())
		}
	}
}
