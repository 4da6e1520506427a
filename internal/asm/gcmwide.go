package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// AES-256-GCM, two blocks to a register, for processors that can do that. Nothing here may need
// AVX-512: see wideFeatures in package codec.

// pairs are the registers of the key stream.
var pairs = []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9}

// openWide is open, two blocks to a register.
func (f *cipherFile) openWide(blocks int) {
	f.implement(fmt.Sprintf("open%dWide", blocks))
	f.beginOpening(blocks)
	for at := 0; at <= blocks; at += 2 * len(pairs) {
		n := min((blocks+2-at)/2, len(pairs))
		if at == 0 {
			f.streamWide(at, n, f.hashStepsWide(blocks))
			f.joinHash()
			f.compareTag()
		} else {
			f.streamWide(at, n, nil)
		}
		f.decryptWide(at, n, blocks)
	}
	f.endOpening()
}

// streamWide makes n pairs of blocks of the key stream, from the one with counter at+1, and takes
// steps between the rounds.
func (f *cipherFile) streamWide(at, n int, steps []func()) {
	f.loadIV()
	f.VINSERTI128(operand.U8(1), last, last.AsY(), last.AsY())
	for i, pair := range pairs[:n] {
		f.VPXOR(f.counters.Offset(blockSize*(at+2*i)), last.AsY(), pair)
	}
	f.encrypt(steps, 2, func(round int) {
		f.VBROADCASTI128(f.encryption(round), last.AsY())
		for _, pair := range pairs[:n] {
			if round == rounds {
				f.VAESENCLAST(last.AsY(), pair, pair)
			} else {
				f.VAESENC(last.AsY(), pair, pair)
			}
		}
	})
}

// hashStepsWide are the steps of the hash: two blocks each, the last block with the length, and the
// first one alone if that leaves it over.
func (f *cipherFile) hashStepsWide(blocks int) (steps []func()) {
	alone := 1 - blocks%2
	if alone == 1 {
		steps = f.hashSteps(blocks)[:1]
	}
	for i := alone; i < blocks-1; i += 2 {
		steps = append(steps, func() {
			f.VMOVDQU(f.block(i), hashed.AsY())
			f.VPSHUFB(f.swapped, hashed.AsY(), hashed.AsY())
			f.timesWide(f.power(blocks+1-i), i == 0)
		})
	}
	return append(steps, func() {
		f.loadLast(blocks)
		f.loadLength(product)
		f.VINSERTI128(operand.U8(1), product, hashed.AsY(), hashed.AsY())
		f.timesWide(f.power(2), blocks == 1)
	})
}

// timesWide is times for two blocks, with a power and the one below it.
func (f *cipherFile) timesWide(power operand.Mem, first bool) {
	f.timesIn(power, first, func(r reg.VecPhysical) reg.Register { return r.AsY() })
}

// joinHash adds the sums of both halves.
func (f *cipherFile) joinHash() {
	for _, sum := range []reg.VecPhysical{low, middle, high} {
		f.VEXTRACTI128(operand.U8(1), sum.AsY(), product)
		f.VPXOR(product, sum, sum)
	}
}

// decryptWide decrypts with n pairs of blocks of the key stream, the first of which has counter at+1.
// That of counter 1 was for the tag, and the last pair may have one too many.
func (f *cipherFile) decryptWide(at, n, blocks int) {
	for i, pair := range pairs[:n] {
		switch block := at + 2*i - 1; {
		case block < 0:
			f.VEXTRACTI128(operand.U8(1), pair, pair.AsX())
			f.flip(f.block(0), pair.AsX())
		case block == blocks-1:
			f.flip(f.block(block), pair.AsX())
		default:
			f.flip(f.block(block), pair)
		}
	}
}
