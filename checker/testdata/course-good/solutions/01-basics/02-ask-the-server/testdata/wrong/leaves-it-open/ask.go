// Wrong: a connection closes itself.
//checker:fails TestReach/closes

package asktheserver

import "net"

var open []net.Conn

// Reach opens a connection to the address and closes it again.
func Reach(address string) error {
	conn, err := net.Dial("tcp", address)
	open = append(open, conn)
	return err
}
