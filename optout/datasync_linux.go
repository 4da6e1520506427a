package optout

import (
	"os"
	"syscall"
)

// dataSync makes the data written to a file durable, but not its timestamps.
func dataSync(file *os.File) error {
	for {
		if err := syscall.Fdatasync(int(file.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
