// Package proc reads what a process has used of the machine, from Linux's /proc.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks is how many units a second the times in /proc have, on every Linux that Go runs on.
const ticks = 100

// CPU returns what a process has used of the processor.
func CPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(text)
}

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

// parseStat reads the processor's time in /proc/PID/stat. The name of the program, which may have
// spaces and brackets, ends with the last bracket.
func parseStat(text []byte) (time.Duration, error) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is too short")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, sysErr := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * (time.Second / ticks), errors.Join(err, sysErr)
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
