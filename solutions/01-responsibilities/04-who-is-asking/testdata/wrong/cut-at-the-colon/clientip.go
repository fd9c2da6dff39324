// Wrong: what follows a colon is the port.
//checker:fails TestClientIPOfAnotherPeer/with_an_address_of_IPv6
//checker:fails TestClientIPOfAnotherPeer/with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/four
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6_in_brackets
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6_and_a_port
//checker:fails TestClientIPBehindProxies/proxies_with_ports
//checker:fails TestClientIPBehindProxies/a_client_with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/a_proxy_with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/a_peer_with_IPv4_written_as_IPv6
//checker:hint 6

package whoisasking

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientIP returns the address of the computer that has sent the request to the
// first of our proxies, or straight to us. Our proxies have the addresses of
// trusted, and nobody else has.
//
// r.RemoteAddr is the other end of the connection, as net/http sets it: an
// address and a port, such as 192.0.2.1:4711 or [2001:db8::1]:4711. When there
// is no address in it, as on a Unix socket, the result is the zero Addr.
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client, ok := parseAddr(r.RemoteAddr)
	if !ok {
		return netip.Addr{}
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, entry := range slices.Backward(list) {
		// Only one of ours says truly whom it had at the other end.
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(client) }) {
			break
		}
		before, ok := parseAddr(strings.TrimSpace(entry))
		if !ok {
			break
		}
		client = before
	}
	return client
}

// parseAddr reads an address with or without a port; IPv6 may have brackets. An
// IPv4 address is one, also where it is written as IPv6.
func parseAddr(s string) (netip.Addr, bool) {
	s, _, _ = strings.Cut(s, ":")
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}
