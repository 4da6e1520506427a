package main

import (
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
)

// prefetch writes package prefetch's only function.
func prefetch(root string) ([]file, error) {
	const line = 64
	a, err := newAssembly(filepath.Join(root, "internal", "prefetch"), nil, "purego")
	if err != nil {
		return nil, err
	}
	a.implement("Lines")
	at, left := a.Load(a.Param("p"), a.GP64()), a.Load(a.Param("n"), a.GP64())
	a.Label("line")
	a.PREFETCHT0(operand.Mem{Base: at})
	a.ADDQ(operand.Imm(line), at)
	a.DECQ(left)
	a.JG(operand.LabelRef("line"))
	a.RET()
	return a.file("internal/prefetch/lines_amd64.s")
}
