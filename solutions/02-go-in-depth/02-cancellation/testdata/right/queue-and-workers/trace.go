package cancellation

import "context"

// TraceHeader is the header that carries a trace id to other services.
const TraceHeader = "X-Trace-Id"

type traceKey struct{}

// WithTrace returns a context that carries the trace id of a request.
func WithTrace(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

// Trace returns the trace id that ctx carries, or "" when it carries none.
func Trace(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}
