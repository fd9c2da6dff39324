// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import "net/http"

// Problem is one answer to a failed request, as RFC 9457 describes it.
//
// In JSON its members are type, title, status, detail, instance and errors.
// TODO: nothing here says so yet.
type Problem struct {
	Type     string       // a URI that names the kind of problem; empty means about:blank
	Title    string       // the kind of problem, for humans; empty means the text of Status
	Status   int          // the HTTP status, 400 to 599
	Detail   string       // what went wrong this time, for humans
	Instance string       // a URI that names this one occurrence
	Errors   []FieldError // what is wrong with the request's body, field by field
}

// FieldError is one thing that is wrong with a request's body.
//
// In JSON its members are pointer, code and detail.
type FieldError struct {
	Pointer string // where: a JSON Pointer (RFC 6901), such as /items/0/qty
	Code    string // what, for programs; such as out_of_range
	Detail  string // what, for humans
}

// Error makes a Problem an error, so that functions can return it.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// Pointer returns the JSON Pointer that leads through path, which consists of
// member names (string) and array indexes (int). An empty path is "".
func Pointer(path ...any) string {
	return "" // TODO
}

// WriteProblem answers with p.
func WriteProblem(w http.ResponseWriter, p Problem) {
	// TODO
}

// WriteError answers with the Problem in err's chain. When there is none, it
// logs err and answers with a 500 that says nothing about it.
func WriteError(w http.ResponseWriter, err error) {
	// TODO
}

// Recover runs next. When next panics, Recover logs the panic, and answers with
// a 500 where nothing of an answer has been sent, or aborts the connection.
func Recover(next http.Handler) http.Handler {
	return notWrittenYet // TODO
}

// Problems runs next, and turns an error answer in plain text into a problem
// with the same status. Other answers pass as they are.
func Problems(next http.Handler) http.Handler {
	return notWrittenYet // TODO
}

// Remove this when the TODOs are done.
var notWrittenYet = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "not written yet", http.StatusNotImplemented)
})
