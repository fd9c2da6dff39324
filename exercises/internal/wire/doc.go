// Package wire talks HTTP to a handler over a real connection.
//
// What a handler does and what leaves the server are two things: a header that
// is set too late, a body that is longer than was promised, a panic. A test
// with wire sees what left the server, byte for byte:
//
//	server := wire.Serve(t, handler)                         // ends with the test
//	answer := server.Get(t, "/v1/books?limit=2", "Accept: application/json")
//	answer = server.SendJSON(t, "POST", "/v1/books", `{"title":"x"}`)
//	answer = server.Send(t, wire.Request{Method: "DELETE", Path: "/v1/books/1"})
//
// Each request has a connection of its own, follows no redirect, and consists
// of nothing but what is given and what HTTP/1.1 needs (Host, and the length of
// a body). An [Answer] that is not whole fails the test, unless it was asked
// for with Try.
//
// For more than a question and its answer:
//
//   - [Server.Start] sends a request and goes on; ask for the answer later.
//   - [Server.Open] reads a body piece by piece, or event by event.
//   - [Server.Dial] is one connection for several requests, or for half of one.
//   - [Server.Raw] sends bytes as they are.
//   - [ServeServer] runs the code's own http.Server, and [At] talks to a program.
//
// What a header says is read by methods of Answer, such as [Answer.RetryAfter]
// or [Answer.Challenges], which accept every form that the standards allow;
// [JSON] reads the body.
package wire
