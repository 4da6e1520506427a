//go:build !purego

package codec

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// hasVectors is true, as Go itself needs a processor that has them.
const hasVectors = true

// hasVectorAES says what the system reports. The lowest version of package cpu that go.mod allows
// knows neither what Apple's processors have, which is all that is needed, nor what those under
// Windows have: there it is the standard library's ciphers.
var hasVectorAES = (cpu.ARM64.HasAES && cpu.ARM64.HasPMULL || runtime.GOOS == "darwin") && !inFIPSMode()
