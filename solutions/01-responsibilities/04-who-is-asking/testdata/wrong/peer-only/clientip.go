// Wrong: RemoteAddr is where the request comes from.
//checker:fails TestClientIPBehindProxies/one
//checker:fails TestClientIPBehindProxies/one_with_a_list_of_the_client
//checker:fails TestClientIPBehindProxies/one_with_a_list_that_names_proxies
//checker:fails TestClientIPBehindProxies/two
//checker:fails TestClientIPBehindProxies/four
//checker:fails TestClientIPBehindProxies/that_are_the_only_ones
//checker:fails TestClientIPBehindProxies/a_client_in_a_private_network
//checker:fails TestClientIPBehindProxies/the_client_in_the_last_line
//checker:fails TestClientIPBehindProxies/the_client_in_the_first_line
//checker:fails TestClientIPBehindProxies/a_client_with_a_port
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6_in_brackets
//checker:fails TestClientIPBehindProxies/a_client_with_IPv6_and_a_port
//checker:fails TestClientIPBehindProxies/proxies_with_ports
//checker:fails TestClientIPBehindProxies/white_space
//checker:fails TestClientIPBehindProxies/a_client_with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/a_proxy_with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/a_peer_with_IPv4_written_as_IPv6
//checker:fails TestClientIPBehindProxies/no_address_before_another_proxy
//checker:fails TestClientIPBehindProxies/no_address_from_the_client
//checker:fails TestClientIPBehindProxies/other_headers_of_the_client
//checker:hint 5

package whoisasking

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP does not look at trusted. It returns the address of the computer that has sent the request to the
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
	return client
}

// parseAddr reads an address with or without a port; IPv6 may have brackets. An
// IPv4 address is one, also where it is written as IPv6.
func parseAddr(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap(), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			s = inner
		}
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}
