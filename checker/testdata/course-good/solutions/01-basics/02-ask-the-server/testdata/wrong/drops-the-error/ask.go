// Wrong: the error is for the log.
//checker:fails TestReach/nobody

package asktheserver

import "net"

// Reach opens a connection to the address and closes it again.
func Reach(address string) error {
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
	}
	return nil
}
