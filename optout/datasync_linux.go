package optout

import (
	"os"
	"syscall"
)

// dataSync makes what was written to a file durable, without its times.
func dataSync(file *os.File) error {
	for {
		if err := syscall.Fdatasync(int(file.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
