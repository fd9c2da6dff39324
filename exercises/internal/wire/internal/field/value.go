package field

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Date reads one of the three forms of an HTTP-date (§5.6.7).
func Date(value string) (time.Time, error) {
	for _, layout := range []string{
		http.TimeFormat,
		"Monday, 02-Jan-06 15:04:05 GMT",
		time.ANSIC,
	} {
		// Parse allows more than one way to write a date; formatting has one.
		if at, err := time.Parse(layout, value); err == nil && at.Format(layout) == value {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no HTTP date", value)
}

// Delay reads Retry-After, whole seconds or a date, as seen at now (§10.2.3).
// A date that has passed gives zero.
func Delay(value string, now time.Time) (time.Duration, error) {
	if value != "" && strings.Trim(value, "0123456789") == "" {
		const most = int64(1<<63-1) / int64(time.Second) // and more seconds are as good as for ever
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > most {
			seconds = most
		}
		return time.Duration(seconds) * time.Second, nil
	}
	at, err := Date(value)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a whole number of seconds nor an HTTP date", value)
	}
	return max(0, at.Sub(now)), nil
}

// Tag reads an entity tag (§8.8.3) and returns what stands between the quotes.
func Tag(value string) (opaque string, weak bool, err error) {
	opaque, weak = strings.CutPrefix(value, "W/")
	inner, opened := strings.CutPrefix(opaque, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	bad := strings.ContainsFunc(inner, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f })
	if !opened || !closed || bad {
		return "", false, fmt.Errorf("%s is no entity tag: one is a text in double quotes, with W/ before it when it is weak", value)
	}
	return inner, weak, nil
}

// Reference reads a URI reference (RFC 3986). net/url alone is more lenient.
func Reference(value string) (*url.URL, error) {
	for _, r := range value {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r) {
			return nil, fmt.Errorf("%q is no URL: %q must be percent-encoded in one", value, r)
		}
	}
	u, err := url.Parse(value)
	var parse *url.Error
	if errors.As(err, &parse) {
		return nil, fmt.Errorf("%q is no URL: %w", value, parse.Err)
	}
	return u, err
}
