// Right: the RFC 7239 header Forwarded is understood as well as X-Forwarded-For; a small function returns the chain of either.

package whoisasking

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP walks from the peer towards the client, as long as those who report
// are our own.
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at := node(r.RemoteAddr)
	for hops := chain(r.Header); len(hops) > 0 && isOurs(at, trusted); hops = hops[:len(hops)-1] {
		next := node(hops[len(hops)-1])
		if !next.IsValid() {
			return at
		}
		at = next
	}
	return at
}

func isOurs(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, prefix := range trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// chain is who has passed the request on, the nearest one last.
func chain(h http.Header) []string {
	var nodes []string
	for _, line := range h.Values("Forwarded") {
		for element := range strings.SplitSeq(line, ",") {
			by := ""
			for pair := range strings.SplitSeq(element, ";") {
				if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(name), "for") {
					by = strings.Trim(strings.TrimSpace(value), `"`)
				}
			}
			nodes = append(nodes, by)
		}
	}
	if nodes != nil {
		return nodes
	}
	for _, line := range h.Values("X-Forwarded-For") {
		nodes = append(nodes, strings.Split(line, ",")...)
	}
	return nodes
}

// node is the zero Addr for what is no address.
func node(text string) netip.Addr {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap()
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}
