package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// AES-256-GCM without additional data, in place, of a number of blocks of which the last may be a
// part of one, and the tag behind them.
//
// All blocks of the key stream go through the processor together, while the ciphertext is hashed
// between the rounds. Then comes the only branch, on whether the tag is right, and only then
// plaintext is written, up to the end of the last block, so over a part of the tag. If there are
// more blocks than registers, the rest of the key stream comes after that.

// states are the registers of the key stream. The last one holds the IV until it is that block's
// turn.
var states = []reg.VecPhysical{reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7, reg.X8, reg.X9, last}

// open writes the function for a number of blocks, one to a register.
func (f *cipherFile) open(blocks int) {
	f.implement(fmt.Sprintf("open%d", blocks))
	f.beginOpening(blocks)
	first := min(blocks+1, len(states))
	f.stream(0, first, f.hashSteps(blocks))
	f.compareTag()
	f.decrypt(0, first)
	for at := first; at <= blocks; at += len(states) {
		n := min(blocks+1-at, len(states))
		f.stream(at, n, nil)
		f.decrypt(at, n)
	}
	f.endOpening()
}

// beginOpening loads the parameters, and asks for all that opening reads of a key at once: with many
// keys, it is in no near cache.
func (f *cipherFile) beginOpening(blocks int) {
	f.Commentf("%d to %d bytes of ciphertext, and the tag behind them.", blockSize*(blocks-1)+1, blockSize*blocks)
	f.load("v", keyRegister)
	f.load("iv", ivRegister)
	f.load("data", dataRegister)
	f.load("n", sizeRegister)
	f.LEAQ(f.window.Offset(blockSize*blocks), maskRegister)
	f.SUBQ(sizeRegister, maskRegister)
	for _, line := range f.layout.opening() {
		f.PREFETCHT0(f.of(line))
	}
}

// loadIV loads the IV, with the first round's key in it, into last.
func (f *cipherFile) loadIV() {
	from := operand.Mem{Base: ivRegister}
	f.VMOVQ(from, last)
	f.VPINSRD(operand.U8(2), from.Offset(8), last, last)
	f.VPXOR(f.encryption(0), last, last)
}

// stream makes n blocks of the key stream, from the one with counter at+1, and takes steps between
// the rounds.
func (f *cipherFile) stream(at, n int, steps []func()) {
	f.loadIV()
	for i, state := range states[:n] {
		f.VPXOR(f.counters.Offset(blockSize*(at+i)), last, state)
	}
	f.encrypt(steps, 1, func(round int) {
		for _, state := range states[:n] {
			if round == rounds {
				f.VAESENCLAST(f.encryption(round), state, state)
			} else {
				f.VAESENC(f.encryption(round), state, state)
			}
		}
	})
}

const betweenRounds = "The rounds, and the hash of the ciphertext between them."

// encrypt is interleave.
func (f *cipherFile) encrypt(steps []func(), stride int, round func(int)) {
	if steps != nil {
		f.Comment(betweenRounds)
	}
	interleave(steps, stride, round)
}

// hashSteps are the steps of the hash: a block of ciphertext each, and in the end its length in bits,
// as there is no additional data.
func (f *cipherFile) hashSteps(blocks int) (steps []func()) {
	for i := range blocks {
		steps = append(steps, func() {
			if i < blocks-1 {
				f.VMOVDQU(f.block(i), hashed)
				f.VPSHUFB(f.swapped, hashed, hashed)
			} else {
				f.loadLast(blocks)
			}
			f.times(f.power(blocks+1-i), i == 0)
		})
	}
	return append(steps, func() {
		f.loadLength(hashed)
		f.times(f.power(1), false)
	})
}

// loadLast loads what belongs to the ciphertext of its last block.
func (f *cipherFile) loadLast(blocks int) {
	f.VMOVDQU(f.block(blocks-1), hashed)
	f.VPAND(operand.Mem{Base: maskRegister}, hashed, hashed)
	f.VPSHUFB(f.swapped, hashed, hashed)
}

// loadLength loads the length of the ciphertext in bits.
func (f *cipherFile) loadLength(to reg.VecPhysical) {
	bits := reg.R8
	f.MOVQ(sizeRegister, bits)
	f.SHLQ(operand.U8(3), bits)
	f.VMOVQ(bits, to)
}

// times adds the product of what is in hashed and a power of the hash key to the sum, or begins it.
func (f *cipherFile) times(power operand.Mem, first bool) {
	f.timesIn(power, first, func(r reg.VecPhysical) reg.Register { return r.AsX() })
}

// timesIn is times for the registers as they are seen: one block, or two.
func (f *cipherFile) timesIn(power operand.Mem, first bool, as func(reg.VecPhysical) reg.Register) {
	for _, part := range []struct {
		halves uint8
		sum    reg.VecPhysical
		first  bool
	}{{0x00, low, first}, {0x01, middle, first}, {0x11, high, first}, {0x10, middle, false}} {
		if part.first {
			f.VPCLMULQDQ(operand.U8(part.halves), power, as(hashed), as(part.sum))
			continue
		}
		f.VPCLMULQDQ(operand.U8(part.halves), power, as(hashed), as(product))
		f.VPXOR(as(product), as(part.sum), as(part.sum))
	}
}

// reduce brings the sum back to 128 bits, in low. poly is a register that has it.
func (f *cipherFile) reduce(poly reg.VecPhysical) {
	f.VPSRLDQ(operand.U8(8), middle, product)
	f.VPXOR(product, high, high)
	f.VPSLLDQ(operand.U8(8), middle, product)
	f.VPXOR(product, low, low)
	for range 2 {
		f.VPCLMULQDQ(operand.U8(0x10), poly, low, product)
		f.VPSHUFD(operand.U8(0x4e), low, low)
		f.VPXOR(product, low, low)
	}
	f.VPXOR(high, low, low)
}

// compareTag ends the function if the tag is wrong: before anything is written but the result.
func (f *cipherFile) compareTag() {
	f.Comment("The tag, all of it at once. If it is wrong, nothing is written.")
	f.VMOVDQU(f.poly, hashed)
	f.reduce(hashed)
	f.VPSHUFB(f.swapped, low, low)
	f.VPXOR(states[0], low, low)
	f.VPXOR(operand.Mem{Base: dataRegister, Index: sizeRegister, Scale: 1}, low, low)
	f.VPTEST(low, low)
	f.SETEQ(f.result())
	f.JNE(operand.LabelRef(done))
	f.Comment("The plaintext.")
}

const done = "done"

func (f *cipherFile) endOpening() {
	f.Label(done)
	f.VZEROUPPER()
	f.RET()
}

// decrypt decrypts with n blocks of the key stream, the first of which has counter at+1. That of
// counter 1 was for the tag.
func (f *cipherFile) decrypt(at, n int) {
	for i, state := range states[:n] {
		if at+i > 0 {
			f.flip(f.block(at+i-1), state)
		}
	}
}

// flip adds the key stream to data.
func (f *cipherFile) flip(data operand.Mem, stream reg.Register) {
	f.VPXOR(data, stream, stream)
	f.VMOVDQU(stream, data)
}
