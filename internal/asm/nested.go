package main

import (
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// nested writes what package strictjson passes the inside of objects and arrays with.
func nested(root string) ([]file, error) {
	a, err := newAssembly(filepath.Join(root, "internal/strictjson"), nil, "purego")
	if err != nil {
		return nil, err
	}
	all := func(name string, c byte) operand.Mem {
		return a.constant("all"+name, uint64(c)*0x0101010101010101)
	}
	constants := []operand.Mem{all("Quotes", '"'), all("Backslashes", '\\'), all("ToBraces", 0x20), all("Opening", '{'), all("Closing", '}')}

	a.implement("vectorNested") // declared in nested_amd64.go, where it is said what it does
	data, length := a.Load(a.Param("data"), a.GP64()), a.Load(a.Param("length"), a.GP64())
	depth, open := a.Load(a.Param("depth"), a.GP64()), a.Load(a.Param("open"), a.GP64())
	inString := a.Load(a.Param("inString"), a.GP64())
	var each [5]reg.VecVirtual
	for i, c := range constants {
		each[i] = a.YMM()
		a.VPBROADCASTQ(c, each[i])
	}
	quote, backslash, toBrace, opening, closing := each[0], each[1], each[2], each[3], each[4]
	at, ones := a.GP64(), a.XMM()
	a.XORQ(at, at)
	a.VPCMPEQB(ones, ones, ones)

	a.Label("loop")
	end := a.GP64()
	a.LEAQ(operand.Mem{Base: at, Disp: 64}, end)
	a.CMPQ(end, length)
	a.JG(operand.LabelRef("done"))
	var halves [2]reg.VecVirtual
	for i := range halves {
		halves[i] = a.YMM()
		a.VMOVDQU(operand.Mem{Base: data, Index: at, Scale: 1, Disp: 32 * i}, halves[i])
	}

	a.Comment("Backslashes are for the caller.")
	escape, second, any := a.YMM(), a.YMM(), a.GP32()
	a.VPCMPEQB(backslash, halves[0], escape)
	a.VPCMPEQB(backslash, halves[1], second)
	a.VPOR(second, escape, escape)
	a.VPMOVMSKB(escape, any)
	a.TESTL(any, any)
	a.JNZ(operand.LabelRef("done"))

	a.Comment("What is in strings: from odd quotes to even ones.")
	inside, product := a.which(halves, quote), a.XMM()
	a.VMOVQ(inside, product)
	a.VPCLMULQDQ(operand.U8(0), ones, product, product)
	a.VMOVQ(product, inside)
	a.XORQ(inString, inside)
	outside := a.GP64()
	a.MOVQ(inside, outside)
	a.NOTQ(outside)

	a.Comment("Brackets outside of them.")
	for _, half := range halves {
		a.VPOR(toBrace, half, half)
	}
	opened, closed := a.which(halves, opening), a.which(halves, closing)
	a.ANDQ(outside, opened)
	a.ANDQ(outside, closed)

	a.Comment("What may be too deep is for the caller.")
	deepest := a.GP64()
	a.POPCNTQ(opened, deepest)
	a.ADDQ(open, deepest)
	a.CMPQ(deepest, depth)
	a.JG(operand.LabelRef("done"))

	a.SUBQ(open, deepest)
	a.close(open, opened, closed, at)
	a.ADDQ(deepest, open)
	a.SARQ(operand.U8(63), inside)
	a.MOVQ(inside, inString)
	a.ADDQ(operand.U8(64), at)
	a.JMP(operand.LabelRef("loop"))

	a.Label("done")
	a.VZEROUPPER()
	a.Store(at, a.Return("passed"))
	a.Store(open, a.Return("left"))
	a.Store(inString, a.Return("inside"))
	a.RET()
	return a.file("internal/strictjson/nested_amd64.s")
}

// close takes the closing brackets of 64 bytes from those that are open, and jumps to done, with
// none open and behind it, at the one before which as many have been opened as closed.
func (a *assembly) close(open reg.Register, opened, closed, at reg.GPVirtual) {
	a.Label("close")
	a.TESTQ(closed, closed)
	a.JZ(operand.LabelRef("closed"))
	first, before := a.GP64(), a.GP64()
	a.MOVQ(closed, first)
	a.NEGQ(first)
	a.ANDQ(closed, first)
	a.XORQ(first, closed)
	a.LEAQ(operand.Mem{Base: first, Disp: -1}, before)
	a.ANDQ(opened, before)
	a.POPCNTQ(before, before)
	a.DECQ(open)
	a.ADDQ(open, before)
	a.JNZ(operand.LabelRef("close"))

	a.Comment("The end.")
	a.BSFQ(first, first)
	a.LEAQ(operand.Mem{Base: at, Index: first, Scale: 1, Disp: 1}, at)
	a.XORQ(open, open)
	a.JMP(operand.LabelRef("done"))
	a.Label("closed")
}
