//go:build !unix

package pgserver_test

import "testing"

func asOther(*testing.T) {}
