package proc

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// CPU returns what a process has used of the processor. Its clock counts nanoseconds, where the
// times in /proc are in hundredths of a second.
func CPU(pid int) (time.Duration, error) {
	const cpuClock = 2 // of a process, beside its id in the other bits; see clock_getcpuclockid(3)
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|cpuClock), &used); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(used.Nano()), nil
}
