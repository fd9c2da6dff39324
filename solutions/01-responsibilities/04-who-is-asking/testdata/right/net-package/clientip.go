// Right: the older package net takes the addresses apart, and a byte scan finds the commas.

package whoisasking

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	var nets []*net.IPNet
	for _, p := range trusted {
		_, n, err := net.ParseCIDR(p.String())
		if err == nil {
			nets = append(nets, n)
		}
	}
	ip := toIP(r.RemoteAddr)
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0; i-- {
		rest := lines[i]
		for more := true; more; {
			if ip == nil || !inAny(nets, ip) {
				return toAddr(ip)
			}
			entry := rest
			if cut := strings.LastIndex(rest, ","); cut >= 0 {
				entry, rest = rest[cut+1:], rest[:cut]
			} else {
				more = false
			}
			from := toIP(strings.Trim(entry, " \t"))
			if from == nil {
				return toAddr(ip)
			}
			ip = from
		}
	}
	return toAddr(ip)
}

func inAny(nets []*net.IPNet, ip net.IP) bool {
	for _, n := range nets {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

func toIP(s string) net.IP {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return net.ParseIP(host)
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	return net.ParseIP(s)
}

func toAddr(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}
