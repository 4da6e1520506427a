package hugepage_test

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/hugepage"
)

type element [100]byte

// TestAdvise: the whole huge pages under a slice are advised, and nothing beside them.
func TestAdvise(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Log("the system has no huge pages")
		return
	}
	elements := make([]element, 20*hugepage.Size/len(element{}))
	all, _ := advised(t, 0, math.MaxUint64)
	hugepage.Advise(elements)
	start := uint64(uintptr(unsafe.Pointer(&elements[0])))
	end := start + uint64(len(elements)*len(element{}))
	want := end&^(hugepage.Size-1) - (start+hugepage.Size-1)&^(hugepage.Size-1)
	total, within := advised(t, start, end)
	if within != want || total != all+want {
		t.Errorf("%d bytes are advised, %d of them in the slice, want %d", total-all, within, want)
	}
}

// TestAdviseChangesNothing, whatever the length.
func TestAdviseChangesNothing(t *testing.T) {
	for _, n := range []int{0, 1, hugepage.Size / 100, 3 * hugepage.Size / 100} {
		elements := make([]element, n)
		for i := range elements {
			elements[i][i%100] = byte(i)
		}
		hugepage.Advise(elements)
		for i := range elements {
			if elements[i][i%100] != byte(i) {
				t.Fatalf("element %d of %d has changed", i, n)
			}
		}
	}
}

// advised returns how many bytes of this process's memory are to have huge pages, and how many of
// them are in a range.
func advised(t *testing.T, start, end uint64) (all, within uint64) {
	t.Helper()
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var from, to, a, b uint64
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &a, &b); n == 2 {
			from, to = a, b
		} else if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && strings.Contains(flags+" ", " hg ") {
			all += to - from
			within += max(min(to, end), start) - min(max(from, start), end)
		}
	}
	return all, within
}
