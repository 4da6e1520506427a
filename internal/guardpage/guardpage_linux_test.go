package guardpage

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"
)

// TestEdges: what keeps to its copy passes, at both ends.
func TestEdges(t *testing.T) {
	page, calls := New(t), 0
	page.Edges([]byte("content"), func(placed []byte) {
		if calls++; string(placed) != "content" || cap(placed) != len(placed) {
			t.Errorf("%q", placed)
		}
		copy(placed, bytes.ToUpper(placed))
	})
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

// inside names what the test does in a process of its own.
const inside = "GUARDPAGE_TEST"

// TestFaults: what doesn't keep to its copy fails, and says how.
func TestFaults(t *testing.T) {
	faults := map[string]func(placed []byte) *byte{
		"before": func(placed []byte) *byte { return (*byte)(unsafe.Add(unsafe.Pointer(&placed[0]), -1)) },
		"behind": func(placed []byte) *byte {
			return (*byte)(unsafe.Add(unsafe.Pointer(&placed[0]), len(placed)))
		},
	}
	if name, write, ok := strings.Cut(os.Getenv(inside), " "); ok {
		New(t).Edges(make([]byte, 10), func(placed []byte) {
			if at := faults[name](placed); write == "write" {
				*at = 1
			} else if *at == 1 {
				t.Log("read")
			}
		})
		return
	}
	for name := range faults {
		for _, how := range []string{"read", "write"} {
			c := exec.Command(os.Args[0], "-test.run=^TestFaults$")
			c.Env = append(os.Environ(), inside+"="+name+" "+how)
			out, err := c.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "10 bytes at ") {
				t.Errorf("%s %s: %v\n%s", how, name, err, out)
			}
		}
	}
}
