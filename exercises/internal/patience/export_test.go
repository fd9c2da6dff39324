package patience

import "testing"

// Forget makes this test begin as if no wait had been in vain yet.
func Forget(t *testing.T) {
	was := lost.Swap(false)
	t.Cleanup(func() { lost.Store(was) })
}
