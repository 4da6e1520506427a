package main

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepApart moves the threads of this process to the first of its processors, and returns the others, which are for pin.
// Otherwise the kernel now and then lets two threads share one while another is free, and a time slice of its, 3 ms, is all that one sees at
// p99.9.
func keepApart() (others []int, restore func()) {
	var all unix.CPUSet
	if unix.SchedGetaffinity(0, &all) != nil {
		return nil, func() {}
	}
	var first unix.CPUSet
	for cpu := range len(all) * 64 {
		switch {
		case !all.IsSet(cpu):
		case first.Count() == 0:
			first.Set(cpu)
		default:
			others = append(others, cpu)
		}
	}
	moveThreads(&first)
	return others, func() { moveThreads(&all) }
}

// moveThreads moves all threads. Those that come later are where the thread is that starts them.
func moveThreads(to *unix.CPUSet) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, task := range tasks {
		if id, err := strconv.Atoi(task.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, to) // a thread that has ended needn't move
		}
	}
}

// pin gives the calling goroutine a thread of its own on a processor, for good: the thread ends with the goroutine.
func pin(cpu int) {
	runtime.LockOSThread()
	var only unix.CPUSet
	only.Set(cpu)
	_ = unix.SchedSetaffinity(0, &only)
}
