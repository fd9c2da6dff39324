// Package profile serves the profiles of a forum's users.
package profile

import "net/http"

// Profile is what a user has typed and uploaded. All texts are UTF-8, and none is
// empty. Nobody has looked at them: any of them may be an attack.
type Profile struct {
	Name    string `json:"name"`    // one line
	About   string `json:"about"`   // one or more lines, which end in \n or \r\n
	Website string `json:"website"` // one line; should be an address
	File    *File  `json:"-"`       // nil when there is none
}

// File is what a user has uploaded.
type File struct {
	Name string // UTF-8, without / and \, but perhaps with quotes and line breaks
	Type string // the media type, as whoever uploaded it says
	Data []byte
}

// New answers requests for the page, the JSON and the file of each profile. The
// profiles are given by their ids, and do not change.
func New(profiles map[string]Profile) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: yours to write.
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
}
