// Package logs writes what happens in a server as records that can be queried.
package logs

import (
	"io"
	"log/slog"
	"net/http"
)

// NewLogger returns a logger that writes each record from level on to w, as
// one JSON object on one line. A record that is logged with the context of a
// request has its id as request_id.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	// TODO: yours to write.
	return slog.New(slog.DiscardHandler)
}

// RequestID gives each request an id: in the context, for the logger, and in
// the header X-Request-ID of the answer. It takes the one that the client has
// sent when it has 1 to 64 letters, digits, '-', '_' and '.', all ASCII.
func RequestID(next http.Handler) http.Handler {
	// TODO: yours to write.
	return next
}

// RequestLog logs a record with the message "request" when next is done, with
// method, route, status, bytes, duration_ms and user_agent.
func RequestLog(logger *slog.Logger, next http.Handler) http.Handler {
	// TODO: yours to write.
	return next
}
