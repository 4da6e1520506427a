package annotator_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain wants everything that the tests' annotators started to have ended with them.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := running(); code == 0 && left != "" {
		fmt.Println("still running:\n" + left)
		code = 1
	}
	os.Exit(code)
}

// mustBeOver wants nothing to run that an annotator started.
func mustBeOver(t *testing.T) {
	t.Helper()
	if left := running(); left != "" {
		t.Errorf("still running:\n%s", left)
	}
}

// running returns the goroutines that were started by this module's code other than its tests, once their number no longer goes down to none.
func running() (left string) {
	const self = "created by github.com/uid2rtb/uid2rtb/"
	for range 100 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = ""
		for _, stack := range strings.Split(string(stacks), "\n\n") {
			if _, by, ours := strings.Cut(stack, self); ours && !strings.HasPrefix(by, "uid2test.") && !strings.HasPrefix(by, "internal/natstest.") && !strings.HasPrefix(by, "module/annotator_test.") {
				left += stack + "\n\n"
			}
		}
		if left == "" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}
