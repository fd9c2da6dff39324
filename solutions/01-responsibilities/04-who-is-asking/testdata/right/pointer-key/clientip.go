package whoisasking

import (
	"net/http"
	"net/netip"
	"regexp"
)

var (
	withPort = regexp.MustCompile(`^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):[0-9]+$`)
	bracket  = regexp.MustCompile(`^\[([0-9A-Fa-f:.]+)\]$`)
	entries  = regexp.MustCompile(`[^,\s]+`)
)

func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	believed := []netip.Addr{address(r.RemoteAddr)}
	var list []string
	for _, line := range r.Header["X-Forwarded-For"] {
		list = append(list, entries.FindAllString(line, -1)...)
	}
	for i := len(list) - 1; i >= 0; i-- {
		believed = append(believed, address(list[i]))
	}
	for i, addr := range believed {
		ours := false
		for _, p := range trusted {
			ours = ours || p.Contains(addr)
		}
		if !ours || i+1 == len(believed) || !believed[i+1].IsValid() {
			return addr
		}
	}
	return netip.Addr{}
}

func address(text string) netip.Addr {
	text = bracket.ReplaceAllString(withPort.ReplaceAllString(text, "$1$2"), "$1")
	addr, _ := netip.ParseAddr(text)
	return addr.Unmap()
}
