//go:build unix

package turns

import (
	"syscall"
	"time"
)

// CPUTime is what this process has used of the processor. Unlike the time that passes, others on the machine hardly change it.
func CPUTime() (used time.Duration, known bool) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, false
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), true
}
