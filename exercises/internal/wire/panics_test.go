package wire_test

import "net/http"

type order struct{ quantity int }

// The directives keep the places in the golden files from moving with this file.

//line shop.go:12
func boom(http.ResponseWriter, *http.Request) { panic("no such shelf: 7") }

//line orders.go:41
func dereference(o *order) int { return o.quantity }
