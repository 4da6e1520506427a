//go:build !linux

package proc

import (
	"errors"
	"time"
)

// CPU knows it on Linux only.
func CPU(int) (time.Duration, error) { return 0, errors.ErrUnsupported }
