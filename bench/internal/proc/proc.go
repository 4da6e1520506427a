// Package proc reads what another process has used of the machine, on Linux.
package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// RSS returns a process's resident memory.
func RSS(pid int) (bytes float64, err error) { return memory(pid, "VmRSS:") }

// PeakRSS returns the most resident memory that a process has had.
func PeakRSS(pid int) (bytes float64, err error) { return memory(pid, "VmHWM:") }

func memory(pid int, field string) (bytes float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parseStatus(text, field)
}

// parseStatus reads a field of memory in /proc/PID/status.
func parseStatus(text []byte, field string) (bytes float64, err error) {
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, field); ok {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kB * 1024, err
		}
	}
	return 0, errors.New("/proc/PID/status has no " + field)
}
