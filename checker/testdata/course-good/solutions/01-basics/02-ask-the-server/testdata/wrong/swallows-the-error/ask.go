// Wrong: a failed connection is no error.
//checker:fails TestReach/nobody

package asktheserver

import "net"

// Reach opens a connection to the address and closes it again.
func Reach(address string) error {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		return conn.Close()
	}
	return nil
}
