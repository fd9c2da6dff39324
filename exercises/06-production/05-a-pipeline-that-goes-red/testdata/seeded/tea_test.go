package shop

import (
	"sync"
	"testing"
)

func TestTea(t *testing.T) { t.Error("there is no tea") }

// TestTwoAtOnce passes, unless somebody looks for races.
func TestTwoAtOnce(t *testing.T) {
	var sold int
	var both sync.WaitGroup
	both.Go(func() { sold++ })
	both.Go(func() { sold++ })
	both.Wait()
}

func TestSlowTea(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Error("there is no tea")
}

// Each test of the chain needs the one before it: in any other order one of them fails.
func TestChainA(t *testing.T) { link(t, 0) }
func TestChainB(t *testing.T) { link(t, 1) }
func TestChainC(t *testing.T) { link(t, 2) }
func TestChainD(t *testing.T) { link(t, 3) }
func TestChainE(t *testing.T) { link(t, 4) }
func TestChainF(t *testing.T) { link(t, 5) }
func TestChainG(t *testing.T) { link(t, 6) }
func TestChainH(t *testing.T) { link(t, 7) }
func TestChainI(t *testing.T) { link(t, 8) }
func TestChainJ(t *testing.T) { link(t, 9) }
func TestChainK(t *testing.T) { link(t, 10) }
func TestChainL(t *testing.T) { link(t, 11) }

var links int

func link(t *testing.T, before int) {
	if links != before {
		t.Fatalf("there are %d links, not %d", links, before)
	}
	links++
}
