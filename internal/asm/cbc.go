package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// chained are the registers of blocks that are decrypted together.
var chained = []reg.VecPhysical{
	reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7,
	reg.X8, reg.X9, reg.X10, reg.X11, reg.X12, reg.X13, reg.X14,
}

// chain writes AES-256-CBC of a number of blocks, in place, from the last ones to the first, so that
// the ciphertext that each block is chained to is still there.
func (f *cipherFile) chain(blocks int) {
	f.implement(fmt.Sprintf("chain%d", blocks))
	f.Commentf("%d bytes of ciphertext.", blockSize*blocks)
	f.load("v", keyRegister)
	f.load("iv", ivRegister)
	f.load("data", dataRegister)
	f.VMOVDQU(f.encryption(rounds), last)
	for end := blocks; end > 0; end -= len(chained) {
		begin := max(end-len(chained), 0)
		f.decryptBlocks(begin, end)
	}
	f.VZEROUPPER()
	f.RET()
}

func (f *cipherFile) decryptBlocks(begin, end int) {
	states := chained[:end-begin]
	for i, state := range states {
		f.VPXOR(f.block(begin+i), last, state)
	}
	for round := 1; round <= rounds; round++ {
		for _, state := range states {
			if round == rounds {
				f.VAESDECLAST(f.decryption(round), state, state)
			} else {
				f.VAESDEC(f.decryption(round), state, state)
			}
		}
	}
	for i, state := range states {
		before := operand.Mem{Base: ivRegister}
		if begin+i > 0 {
			before = f.block(begin + i - 1)
		}
		f.VPXOR(before, state, state)
	}
	for i, state := range states {
		f.VMOVDQU(state, f.block(begin+i))
	}
}
