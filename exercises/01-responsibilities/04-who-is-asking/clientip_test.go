package whoisasking_test

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	whoisasking "workbook/exercises/01-responsibilities/04-who-is-asking"
	"workbook/exercises/internal/guard"
)

// ours are the addresses of our proxies.
var ours = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:aaaa::/48"), netip.MustParsePrefix("192.0.2.1/32")}

// isClient is a leaf test. The client has the address 203.0.113.7 or 2001:db8:cccc::7,
// unless it says otherwise; 198.51.100.66 and 2001:db8:bad::66 are lies.
func isClient(t *testing.T, name, why, want, peer string, trusted []netip.Prefix, header ...string) {
	t.Run(name, func(t *testing.T) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Add(name, value)
		}
		got := guard.Call(t, func() netip.Addr { return whoisasking.ClientIP(r, trusted) })

		require.Equal(t, want, got.String(), fmt.Sprintf("What ClientIP returns: %s.\nRemoteAddr is %q, the header is %q, trusted is %v.", why, r.RemoteAddr, r.Header, trusted))
	})
}

func TestClientIPOfAnotherPeer(t *testing.T) {
	is := func(name, want, peer string, header ...string) {
		isClient(t, name, "the peer is none of our proxies, so it is the client", want, peer, ours, header...)
	}
	is("without_a_header", "203.0.113.7", "203.0.113.7:4711")
	is("with_a_header", "203.0.113.7", "203.0.113.7:4711", "X-Forwarded-For: 198.51.100.66, 10.0.0.3")
	is("with_other_headers", "203.0.113.7", "203.0.113.7:4711", "X-Real-Ip: 198.51.100.66", "Forwarded: for=198.51.100.66", "True-Client-Ip: 198.51.100.66", "X-Client-Ip: 198.51.100.66", "Cf-Connecting-Ip: 198.51.100.66")
	is("with_an_address_of_IPv6", "2001:db8:cccc::7", "[2001:db8:cccc::7]:4711", "X-Forwarded-For: 2001:db8:bad::66")
	is("whose_address_reads_like_a_proxys", "192.0.2.10", "192.0.2.10:4711", "X-Forwarded-For: 198.51.100.66")
	is("in_a_private_network", "192.168.7.7", "192.168.7.7:4711", "X-Forwarded-For: 198.51.100.66")
	is("with_IPv4_written_as_IPv6", "203.0.113.7", "[::ffff:203.0.113.7]:4711", "X-Forwarded-For: 198.51.100.66")
	isClient(t, "when_there_are_no_proxies", "there are no proxies of ours, so the peer is the client", "10.0.0.2", "10.0.0.2:4711", nil, "X-Forwarded-For: 198.51.100.66")
	isClient(t, "that_is_none", "RemoteAddr has no address, so it is the zero Addr", netip.Addr{}.String(), "@", ours, "X-Forwarded-For: 198.51.100.66")
}

func TestClientIPBehindProxies(t *testing.T) {
	is := func(name, why, want string, lines ...string) {
		for i := range lines {
			lines[i] = "X-Forwarded-For: " + lines[i]
		}
		isClient(t, name, "the peer is a proxy of ours, and "+why, want, "192.0.2.1:4711", ours, lines...)
	}
	const appended, another = "it has appended the client's address", "it has got the request from another one"
	const hasEnd, ipv4 = "the list ends with what is no address", "an address of IPv4 is one, also when it is written as IPv6"
	is("one", appended, "203.0.113.7", "203.0.113.7")
	is("one_with_a_list_of_the_client", appended+" to a list that the client has sent", "203.0.113.7", "198.51.100.66, 203.0.113.7")
	is("one_with_a_list_that_names_proxies", appended+" to a list that the client has sent", "203.0.113.7", "10.9.9.9, 198.51.100.66, 10.9.9.8, 203.0.113.7")
	is("two", another, "203.0.113.7", "203.0.113.7, 10.0.0.3")
	is("four", another+", that from a third, and that from a fourth", "203.0.113.7", "203.0.113.7, 10.55.0.5, 2001:db8:aaaa::4, 10.77.0.3")
	is("without_a_header", "it names nobody, so it is the client", "192.0.2.1")
	is("that_are_the_only_ones", another+", that from a third, and that is the client", "10.0.0.5", "10.0.0.5, 10.0.0.3")
	is("a_client_in_a_private_network", "the client's network is not one of our proxies'", "192.168.7.7", "198.51.100.66, 192.168.7.7")
	is("the_client_in_the_last_line", "several lines are one list", "203.0.113.7", "198.51.100.66, 2001:db8:bad::66", "203.0.113.7")
	is("the_client_in_the_first_line", "several lines are one list", "203.0.113.7", "198.51.100.66, 203.0.113.7", "10.0.0.3")
	is("a_client_with_a_port", "an address may have a port", "203.0.113.7", "203.0.113.7:50000")
	is("a_client_with_IPv6", "an address may be one of IPv6", "2001:db8:cccc::7", "2001:db8:cccc::7")
	is("a_client_with_IPv6_in_brackets", "an address of IPv6 may have brackets", "2001:db8:cccc::7", "[2001:db8:cccc::7]")
	is("a_client_with_IPv6_and_a_port", "an address of IPv6 may have a port", "2001:db8:cccc::7", "[2001:db8:cccc::7]:50000")
	is("proxies_with_ports", "addresses of proxies may have ports, too", "203.0.113.7", "203.0.113.7, [2001:db8:aaaa::4]:8080, 10.0.0.3:8080")
	is("white_space", "white space does not count", "203.0.113.7", "198.51.100.66,203.0.113.7 ,\t10.0.0.3")
	is("a_client_with_IPv4_written_as_IPv6", ipv4, "203.0.113.7", "::ffff:203.0.113.7")
	is("a_proxy_with_IPv4_written_as_IPv6", ipv4, "203.0.113.7", "203.0.113.7, ::ffff:10.0.0.3")
	isClient(t, "a_peer_with_IPv4_written_as_IPv6", ipv4, "203.0.113.7", "[::ffff:10.0.0.2]:4711", ours, "X-Forwarded-For: 203.0.113.7")
	is("no_address", hasEnd+": nobody is known to be before it", "192.0.2.1", "198.51.100.66, unknown")
	is("no_address_before_another_proxy", another+", before which the list has what is no address", "10.0.0.3", "198.51.100.66, unknown, 10.0.0.3")
	is("no_address_from_the_client", appended+" to a list that the client has sent", "203.0.113.7", "unknown, 198.51.100.66, 203.0.113.7")
	const others = "X-Real-Ip: 198.51.100.66|True-Client-Ip: 198.51.100.66|X-Client-Ip: 198.51.100.66|Cf-Connecting-Ip: 198.51.100.66|X-Forwarded-For: 203.0.113.7"
	isClient(t, "other_headers_of_the_client", appended+"; it passes other headers on as they are", "203.0.113.7", "192.0.2.1:4711", ours, strings.Split(others, "|")...)
	isClient(t, "only_other_headers_of_the_client", "it names nobody; it passes other headers on as they are", "192.0.2.1", "192.0.2.1:4711", ours, strings.Split(others, "|")[:4]...)
}
