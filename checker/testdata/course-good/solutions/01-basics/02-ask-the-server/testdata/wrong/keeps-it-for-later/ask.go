// Wrong: a pool will close it.
//checker:fails TestReach/closes

package asktheserver

import "net"

var pool []net.Conn

// Reach opens a connection to the address and closes it again.
func Reach(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	pool = append(pool, conn)
	return nil
}
