// Right: a Dialer.

package asktheserver

import "net"

// Reach opens a connection to the address and closes it again.
func Reach(address string) error {
	conn, err := new(net.Dialer).Dial("tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}
