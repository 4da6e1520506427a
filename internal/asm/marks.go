package main

import (
	"path/filepath"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// marks writes package strictjson's look at a block: which bytes are quotes, backslashes, opening
// and closing brackets.
func marks(root string) ([]file, error) {
	a, err := newAssembly(filepath.Join(root, "internal/strictjson"), nil, "purego")
	if err != nil {
		return nil, err
	}
	bytes := func(name string, c byte) operand.Mem {
		return a.constant(name, uint64(c)*0x0101010101010101)
	}
	quote, backslash := bytes("quote", '"'), bytes("backslash", '\\')
	toBrace := bytes("toBrace", 0x20) // makes [ a { and ] a }, and nothing else either
	opening, closing := bytes("opening", '{'), bytes("closing", '}')

	a.implement("vectorMarks")
	block := operand.Mem{Base: a.Load(a.Param("block"), a.GP64())}
	halves := [2]reg.VecVirtual{a.YMM(), a.YMM()}
	for i, half := range halves {
		a.VMOVDQU(block.Offset(32*i), half)
	}
	a.mark(halves, quote, "quotes")
	a.mark(halves, backslash, "backslashes")
	bit := a.YMM()
	a.VPBROADCASTQ(toBrace, bit)
	for _, half := range halves {
		a.VPOR(bit, half, half)
	}
	a.mark(halves, opening, "opening")
	a.mark(halves, closing, "closing")
	a.VZEROUPPER()
	a.RET()
	return a.file("internal/strictjson/marks_amd64.s")
}

// mark stores which of 64 bytes are those of a constant.
func (a *assembly) mark(halves [2]reg.VecVirtual, those operand.Mem, field string) {
	a.Comment(strings.ToUpper(field[:1]) + field[1:] + ".")
	wanted := a.YMM()
	a.VPBROADCASTQ(those, wanted)
	a.MOVQ(a.which(halves, wanted), a.result(field))
}

// which returns which of 64 bytes are those of a constant.
func (a *assembly) which(halves [2]reg.VecVirtual, those reg.VecVirtual) reg.GPVirtual {
	var masks [2]reg.GPVirtual
	for i, half := range halves {
		equal := a.YMM()
		a.VPCMPEQB(those, half, equal)
		masks[i] = a.GP64()
		a.VPMOVMSKB(equal, masks[i].As32())
	}
	a.SHLQ(operand.U8(32), masks[1])
	a.ORQ(masks[1], masks[0])
	return masks[0]
}
