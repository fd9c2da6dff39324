package whoisasking

import (
	"net/http"
	"net/netip"
)

// ClientIP returns the address of the computer that has sent the request to the
// first of our proxies, or straight to us. Our proxies have the addresses of
// trusted, and nobody else has.
//
// r.RemoteAddr is the other end of the connection, as net/http sets it: an
// address and a port, such as 192.0.2.1:4711 or [2001:db8::1]:4711. When there
// is no address in it, as on a Unix socket, the result is the zero Addr.
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	return netip.Addr{} // TODO
}
