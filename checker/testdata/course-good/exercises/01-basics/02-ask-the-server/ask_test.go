package asktheserver_test

import (
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	asktheserver "workbook/exercises/01-basics/02-ask-the-server"
)

func address(t *testing.T) string {
	u, err := url.Parse(os.Getenv("WORKBOOK_DATABASE_URL"))
	if err != nil || u.Host == "" {
		t.Fatal("workbook: no database: WORKBOOK_DATABASE_URL is not set")
	}
	return u.Host
}

func TestReach(t *testing.T) {
	t.Run("the_server", func(t *testing.T) {
		if err := asktheserver.Reach(address(t)); err != nil {
			t.Errorf("Reach opens a connection to a server that is there: %v", err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if asktheserver.Reach(l.Addr().String()) == nil {
			t.Error("Reach returns an error when nobody answers")
		}
	})
	t.Run("closes", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := asktheserver.Reach(l.Addr().String()); err != nil {
			t.Fatalf("Reach opens a connection: %v", err)
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			t.Errorf("Reach closes the connection again: reading from it gives %v", err)
		}
	})
}
