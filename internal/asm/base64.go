package main

import (
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// decoder is package codec's base64 decoder.
type decoder struct {
	*assembly
	dst, text, left reg.Register

	// Of 16 bytes, which both halves of a register have.
	hyphen, toPlus, underscore, toSlash, slash reg.VecVirtual
	byLow, roll, pairs, quads, turned          reg.VecVirtual

	byHigh operand.Mem // there is no register left for it
	joined reg.VecVirtual
	wrong  reg.VecVirtual // has a bit for a wrong character
}

// base64 writes decodeBlocks: 32 characters at a time, after Wojciech Muła and Daniel Lemire, "Faster
// Base64 Encoding and Decoding Using AVX2 Instructions", https://arxiv.org/abs/1704.00605. The last
// 32 are decoded again together with what is left.
func base64(root string) ([]file, error) {
	a, err := newAssembly(filepath.Join(root, "codec"), nil, "purego")
	if err != nil {
		return nil, err
	}
	d := &decoder{assembly: a}
	load := d.constants()
	a.implement("decodeBlocks")
	d.dst = a.Load(a.Param("dst"), a.GP64())
	d.text = a.Load(a.Param("text"), a.GP64())
	d.left = a.Load(a.Param("n"), a.GP64())
	load()
	d.wrong = a.YMM()
	a.VPXOR(d.wrong, d.wrong, d.wrong)

	a.Label("block")
	characters := a.YMM()
	a.VMOVDQU(operand.Mem{Base: d.text}, characters)
	d.standardAlphabet(characters)
	d.decode(characters)
	d.pack(characters)
	a.VMOVDQU(characters, operand.Mem{Base: d.dst})
	d.next()

	a.Label("done")
	a.VPTEST(d.wrong, d.wrong)
	a.SETEQ(a.result())
	a.VZEROUPPER()
	a.RET()
	return a.file("codec/base64_amd64.s")
}

// constants defines the constants and returns what loads them.
func (d *decoder) constants() (load func()) {
	var loads []func()
	both := func(to *reg.VecVirtual, name string, low, high uint64) {
		from := d.constant(name, low, high)
		*to = d.YMM()
		loads = append(loads, func() { d.VBROADCASTI128(from, *to) })
	}
	each := func(to *reg.VecVirtual, name string, c byte) {
		eight := uint64(c) * 0x0101010101010101
		both(to, name, eight, eight)
	}
	const plusMinusHyphen, slashMinusUnderscore = 0xfe, 0xd0
	each(&d.hyphen, "hyphen", '-')
	each(&d.toPlus, "toPlus", plusMinusHyphen)
	each(&d.underscore, "underscore", '_')
	each(&d.toSlash, "toSlash", slashMinusUnderscore)
	each(&d.slash, "slash", '/') // also the mask of the nibbles: a lookup ignores bit 5

	// A character is of the alphabet if what its two nibbles look up has no bit in common.
	both(&d.byLow, "byLow", 0x1111111111111115, 0x1a1b1b1b1a131111)
	d.byHigh = d.constant("byHigh", 0x0804080402011010, 0x1010101010101010)

	// What takes a character to its six bits, by its upper nibble; one less for '/'.
	both(&d.roll, "roll", 0xb9b9bfbf04131000, 0)

	both(&d.pairs, "pairs", 0x0140014001400140, 0x0140014001400140)
	both(&d.quads, "quads", 0x0001100000011000, 0x0001100000011000)
	both(&d.turned, "turned", 0x090a040506000102, 0xffffffff0c0d0e08) // three bytes of each four, in the other order

	joined := d.constant("joined", 0x0000000100000000, 0x0000000400000002, 0x0000000600000005, 0x0000000700000007)
	d.joined = d.YMM()
	return func() {
		for _, load := range loads {
			load()
		}
		d.VMOVDQU(joined, d.joined)
	}
}

// standardAlphabet makes the URL-safe alphabet the standard one.
func (d *decoder) standardAlphabet(characters reg.VecVirtual) {
	d.Comment("The URL-safe alphabet becomes the standard one.")
	for _, c := range [][2]reg.VecVirtual{{d.hyphen, d.toPlus}, {d.underscore, d.toSlash}} {
		is := d.YMM()
		d.VPCMPEQB(c[0], characters, is)
		d.VPAND(c[1], is, is)
		d.VPADDB(is, characters, characters)
	}
}

// decode makes characters six bits each.
func (d *decoder) decode(characters reg.VecVirtual) {
	d.Comment("Wrong characters leave a bit.")
	upper, lower, high := d.YMM(), d.YMM(), d.YMM()
	d.VPSRLD(operand.U8(4), characters, upper)
	d.VPAND(d.slash, upper, upper)
	d.VPAND(d.slash, characters, lower)
	d.VPSHUFB(lower, d.byLow, lower)
	d.VBROADCASTI128(d.byHigh, high)
	d.VPSHUFB(upper, high, high)
	d.VPAND(high, lower, lower)
	d.VPOR(lower, d.wrong, d.wrong)

	d.Comment("Characters become six bits each.")
	isSlash := d.YMM()
	d.VPCMPEQB(d.slash, characters, isSlash)
	d.VPADDB(isSlash, upper, upper)
	d.VPSHUFB(upper, d.roll, upper)
	d.VPADDB(upper, characters, characters)
}

// pack makes four times six bits three bytes.
func (d *decoder) pack(sextets reg.VecVirtual) {
	d.Comment("Six bits become bytes.")
	d.VPMADDUBSW(d.pairs, sextets, sextets)
	d.VPMADDWD(d.quads, sextets, sextets)
	d.VPSHUFB(d.turned, sextets, sextets)
	d.VPERMD(sextets, d.joined, sextets)
}

// next goes on to the next block.
func (d *decoder) next() {
	const characters, bytes = 32, 24
	d.ADDQ(operand.U8(characters), d.text)
	d.ADDQ(operand.U8(bytes), d.dst)
	d.SUBQ(operand.U8(characters), d.left)
	d.CMPQ(d.left, operand.U8(characters))
	d.JGE(operand.LabelRef("block"))
	d.TESTQ(d.left, d.left)
	d.JEQ(operand.LabelRef("done"))

	d.Comment("Fewer than 32 are left: go back to where 32 are. 32-n characters are (32-n)/4*3 bytes.")
	back := d.GP64()
	d.MOVQ(operand.U32(characters), back)
	d.SUBQ(d.left, back)
	d.SUBQ(back, d.text)
	d.SHRQ(operand.U8(2), back)
	d.LEAQ(operand.Mem{Base: back, Index: back, Scale: 2}, back)
	d.SUBQ(back, d.dst)
	d.MOVQ(operand.U32(characters), d.left)
	d.JMP(operand.LabelRef("block"))
}
