package patience_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/patience"
)

func TestOf(t *testing.T) {
	patience.Forget(t)
	require.Equal(t, 20*time.Second, patience.Of(20*time.Second), "no wait was in vain")
	patience.Lost()
	require.Equal(t, 5*time.Second, patience.Of(20*time.Second), "a wait was in vain: a quarter")
	require.Equal(t, 2*time.Second, patience.Of(3*time.Second), "but at least two seconds")
	require.Equal(t, 20*time.Millisecond, patience.Of(20*time.Millisecond), "and never more than the full time")
}
