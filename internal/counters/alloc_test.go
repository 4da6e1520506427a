//go:build !race

package counters

import "testing"

func TestAddDoesNotAllocate(t *testing.T) {
	c := New(1)
	if n := testing.AllocsPerRun(1000, func() { c.Add(0, 1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
