package whoisasking

import (
	"net/http"
	"net/netip"
	"strings"
)

func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	return before(parse(r.RemoteAddr), strings.Join(r.Header.Values("X-Forwarded-For"), ","), trusted)
}

// before is the client of a request that comes from addr with this list.
func before(addr netip.Addr, list string, trusted []netip.Prefix) netip.Addr {
	for _, prefix := range trusted {
		if prefix.Contains(addr) {
			i := strings.LastIndexByte(list, ',')
			if last := parse(strings.TrimSpace(list[i+1:])); last.IsValid() {
				return before(last, list[:max(i, 0)], trusted)
			}
		}
	}
	return addr
}

func parse(s string) netip.Addr {
	for _, form := range []string{s, s + ":0", "[" + s + "]:0"} {
		if ap, err := netip.ParseAddrPort(form); err == nil {
			return ap.Addr().Unmap()
		}
	}
	return netip.Addr{}
}
