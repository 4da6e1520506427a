//go:build !linux

package optout

import "os"

// dataSync makes the data written to a file durable.
func dataSync(file *os.File) error { return file.Sync() }
