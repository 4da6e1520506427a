package annotator_test

import (
	"fmt"
	"os"
	"regexp"
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

// running returns the goroutines in this module's code other than that of tests, unless they end soon.
func running() (left string) {
	const self = "github.com/uid2rtb/uid2rtb/"
	tests := regexp.MustCompile(self + `(uid2test|internal/natstest|module/annotator_test)\.`)
	for range 100 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = ""
		for _, stack := range strings.Split(string(stacks), "\n\n") {
			if strings.Contains(stack, self) && !tests.MatchString(stack) {
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
